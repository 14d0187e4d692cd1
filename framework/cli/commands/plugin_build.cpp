#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "cli/command.h"
#include "cli/files/program.h"
#include "cli/files/shipped.h"
#include "cli/options.h"
#include "core/error.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

void check_is_project(const fs::path& folder) {
  if (fs::exists(folder / "CMakeLists.txt")) return;
  throw Error(ErrorKind::user, "there is no CMakeLists.txt in " + folder.string() +
                                   "; `retort plugin new KIND NAME --dir " + folder.string() +
                                   "` writes a plugin with one");
}

void run_or_throw(const std::vector<std::string>& words, const std::string& step) {
  if (const int code = run_program(words); code != 0)
    throw Error(ErrorKind::user,
                step + " failed (cmake ended with " + std::to_string(code) + "); its messages are above");
}

std::vector<std::string> configure_words(const fs::path& folder, const fs::path& output) {
  std::vector<std::string> words = {"cmake",
                                    "--log-level=WARNING",
                                    "-S",
                                    folder.string(),
                                    "-B",
                                    (folder / "build").string(),
                                    "-DCMAKE_BUILD_TYPE=Release",
                                    "-DRetort_DIR=" + package_folder().string(),
                                    "-DRETORT_PLUGIN_OUTPUT=" + output.string()};
  if (const char* torch = std::getenv("RETORT_TORCH")) words.push_back("-DRETORT_TORCH=" + std::string(torch));
  const bool is_new = !fs::exists(folder / "build" / "CMakeCache.txt");
  if (is_new && is_program("ninja")) words.insert(words.end(), {"-G", "Ninja"});
  return words;
}

int run(const Words& words) {
  std::string name = ".";
  Options options("plugin build", "Builds the plugins of a folder against this Retort: its CMakeLists.txt names them.",
                  "Needs CMake and a C++ compiler. The libraries are written to plugins/ in the folder, where the "
                  "graphs in it find them.");
  options.argument("FOLDER", name, "with a CMakeLists.txt; default: here", /*required=*/false);
  if (const auto code = options.parse(words)) return *code;
  const fs::path folder = fs::absolute(name).lexically_normal(), output = folder / "plugins";
  check_is_project(folder);
  run_or_throw(configure_words(folder, output), "configuring");
  run_or_throw({"cmake", "--build", (folder / "build").string(), "--parallel"}, "building");
  std::vector<std::string> built;
  if (fs::exists(output))
    for (const auto& entry : fs::directory_iterator(output))
      if (entry.path().extension() == ".so") built.push_back(entry.path().stem().string());
  if (built.empty())
    throw Error(ErrorKind::user, (folder / "CMakeLists.txt").string() +
                                     " builds no plugin; it needs a line retort_add_plugin(NAME FILE)");
  std::sort(built.begin(), built.end());
  for (const auto& plugin : built) std::cout << "in " << output.string() << ": " << plugin << '\n';
  std::cout << "next:\n  retort plugin check " << (output / (built.front() + ".so")).string() << '\n';
  return kDone;
}

}  // namespace

extern const Command plugin_build_command = {"plugin", "build", "Build the plugins of a folder", run};

}  // namespace retort
