#include <iostream>

#include "cli/command.h"
#include "cli/options.h"

namespace retort {
namespace {

int run(const Words& words) {
  Options options("version", "Prints the version.");
  if (const auto code = options.parse(words)) return *code;
  std::cout << "retort " RETORT_VERSION "\n";
  return kDone;
}

}  // namespace

extern const Command version_command = {"", "version", "Print the version", run};

}  // namespace retort
