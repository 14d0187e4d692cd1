// retort: reads graphs, plans them, runs them in worker processes, shows results. Links no libtorch and opens no
// plugin.
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "core/error.h"
#include "core/file_trouble.h"
#include "core/printable.h"
#include "log/log.h"

namespace retort {
namespace {

constexpr const char* kAbout = "Retort distils data sets: it runs experiment graphs and keeps every result.";

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::user:
      return kUsage;
    case ErrorKind::store:
      return kStoreFailed;
    case ErrorKind::device:
      return kNoDevice;
    case ErrorKind::plugin:
      return kPluginRefused;
    default:
      return kNodeFailed;
  }
}

int guarded(const Words& words) {
  try {
    start_log();
    if (!words.empty() && words[0] == "--version") return dispatch("retort", kAbout, commands(), {"version"});
    return dispatch("retort", kAbout, commands(), words);
  } catch (const Error& error) {
    std::cerr << "retort: " << error.what() << '\n';
    return exit_code(error.kind());
  } catch (const std::filesystem::filesystem_error& error) {
    std::cerr << "retort: " << file_trouble(error) << '\n';
    return kStoreFailed;
  } catch (const std::exception& error) {
    std::cerr << "retort: internal error: " << error.what() << '\n';
    return kNodeFailed;
  }
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) {
  retort::make_printable(std::cout);
  retort::make_printable(std::cerr);
  return retort::guarded({argv + 1, argv + argc});
}
