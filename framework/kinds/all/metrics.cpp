#include "kinds/all/shared_facts.h"

namespace retort {

Kind metrics_kind() {
  Kind kind("metrics", "Numbers that tables compare");
  kind.file("metrics.json", "The same numbers as the meta, by name");
  kind.others = MetaFact("*", "number", "A metric; finite. Accuracies in percent, sizes in bytes (image_bytes)");
  return kind;
}

}  // namespace retort
