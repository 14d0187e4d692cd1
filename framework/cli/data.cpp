#include "cli/all.h"

namespace retort {

int data_command(const Words& words) {
  return dispatch("retort data", "Data sets: what Retort knows about them, and fetching them.", data_commands(), words);
}

}  // namespace retort
