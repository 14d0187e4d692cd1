#include "kinds/all/shared_facts.h"

namespace retort {

Kind curves_kind() {
  Kind kind("curves", "Numbers over the steps or epochs of a node");
  kind.file("curves.json", "{NAME: [[STEP, VALUE], …]}, steps from 1 on (0: before the first)");
  return kind;
}

}  // namespace retort
