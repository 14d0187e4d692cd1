#include "cli/command.h"

namespace retort {
namespace {

int run(const Words& words) {
  return dispatch("data", "Data sets: what Retort knows about them, and fetching them.", words);
}

}  // namespace

extern const Command data_command = {"", "data", "List and fetch data sets", run};

}  // namespace retort
