#include <iostream>

#include "cli/all.h"
#include "cli/options.h"

namespace retort {

int version_command(const Words& words) {
  Options options("version", "Prints the version.");
  if (const auto code = options.parse(words)) return *code;
  std::cout << "retort " RETORT_VERSION "\n";
  return kDone;
}

}  // namespace retort
