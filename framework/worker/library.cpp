#define BOOST_DLL_USE_STD_FS
#include "worker/library.h"

#include <boost/dll/shared_library.hpp>
#include <fstream>
#include <functional>
#include <map>

#include "core/error.h"
#include "worker/load_limit.h"
#include "worker/loaded.h"
#include "worker/symbols.h"

namespace retort {
namespace {

constexpr const char* kBuild = build_string();

/// A plugin without libtorch fits every worker whose other parts are equal.
bool fits(const std::string& build) {
  const std::string mine = kBuild;
  if (build == mine) return true;
  const std::string without = "; torch none";
  const auto cut = mine.find("; torch ");
  return build == mine.substr(0, cut) + without;
}

const PluginDescriptor& checked(const boost::dll::shared_library& library, const std::string& path) {
  if (!library.has("retort_plugin"))
    throw Error(ErrorKind::plugin, path + ": exports no \"retort_plugin\" (its last line must be RETORT_PLUGIN(…))");
  const auto& descriptor = library.get<const PluginDescriptor>("retort_plugin");
  if (descriptor.magic != kPluginMagic)
    throw Error(ErrorKind::plugin, path + ": exports \"retort_plugin\" of another layout");
  if (!fits(descriptor.build))
    throw Error(ErrorKind::plugin, path + ": built as \"" + descriptor.build + "\", this worker is \"" + kBuild +
                                       "\"; build both with the same compiler, SDK and libtorch");
  return descriptor;
}

struct Opened {
  boost::dll::shared_library handle;
  const PluginDescriptor* descriptor;
  std::string code;
  int64_t since;         ///< when opening it began
  bool watched = false;  ///< it and what it brought: their files
};

std::map<std::string, Opened>& opened() {
  static auto& all = *new std::map<std::string, Opened>;
  return all;
}

std::string absolute_path(const std::filesystem::path& library) {
  if (opened().count(library.native()) > 0) return library.native();  // as jobs name it
  return std::filesystem::absolute(library).lexically_normal().string();
}

/// Boost.DLL puts a frame of its own around what the dynamic linker says.
std::string said_by_linker(std::string text) {
  constexpr std::string_view kBefore = "dlerror system message: ", kAfter = "): ";
  const size_t from = text.find(kBefore), to = text.rfind(kAfter);
  if (from == std::string::npos || to == std::string::npos || to < from + kBefore.size()) return text;
  return text.substr(from + kBefore.size(), to - from - kBefore.size());
}

Json manifest_of(std::filesystem::path library) {
  std::ifstream in(library.replace_extension(".json"));
  return Json::parse(in, nullptr, /*allow_exceptions=*/false);
}

/// The code that the manifest names, if it describes what is in memory now; "" if it was written for another build.
std::string loaded_code(const Json& manifest, const std::filesystem::path& library) {
  if (!manifest.is_object() || !manifest.contains("code")) return "";
  const Json loaded = project_builds(library), described = manifest.value("loads", Json::object());
  if (!described.contains(library.filename().string())) return "";
  for (const auto& [name, build] : described.items())
    if (build == "" || loaded.value(name, "") != build) return "";
  return manifest["code"].value("identity", "");
}

LibraryFiles& files() {
  static auto& all = *new LibraryFiles;
  return all;
}

std::vector<std::string> paths_of(const std::map<std::string, std::string>& libraries) {
  std::vector<std::string> paths;
  for (const auto& [path, build] : libraries) paths.push_back(path);
  return paths;
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  if (LibraryFiles::is_in_work(path)) throw StaleCode(path, why);
  throw Error(ErrorKind::plugin, path + ": " + why);
}

}  // namespace

const char* worker_build() { return kBuild; }

const PluginDescriptor& open_plugin(const std::filesystem::path& library) {
  const std::string path = absolute_path(library);
  if (auto it = opened().find(path); it != opened().end()) return *it->second.descriptor;
  Opened one;
  one.since = clock_now();
  const Json manifest = manifest_of(path);
  std::error_code gone;
  if (const uint64_t whole = size_by_header(path), size = std::filesystem::file_size(path, gone);
      !gone && size < whole)  // the dynamic linker would end this process
    refuse(path, "is cut off: " + std::to_string(size) + " of " + std::to_string(whole) + " bytes");
  const LoadLimit limit(path);
  try {
    one.handle.load(path, boost::dll::load_mode::rtld_now);
  } catch (const std::exception& error) {
    refuse(path, "cannot be opened: " + said_by_linker(error.what()));
  }
  one.descriptor = &checked(one.handle, path);
  one.code = loaded_code(manifest, path);
  return *opened().emplace(path, std::move(one)).first->second.descriptor;
}

const PluginDescriptor& open_plugin(const std::filesystem::path& library, const std::string& code) {
  const PluginDescriptor& descriptor = open_plugin(library);
  const std::string path = absolute_path(library);
  Opened& one = opened().at(path);
  if (one.code != code) throw StaleCode(path, "what is in memory is not the code that was planned with");
  if (!one.watched) files().watch(paths_of(project_libraries(path)), one.since);
  one.watched = true;
  return descriptor;
}

void check_code_in_memory() { files().check(); }

namespace {

/// A function of libtorch by its symbol's name, if a plugin brought libtorch.
template <class Function>
std::function<Function> of_libtorch(const char* symbol) {
  for (const auto& [path, one] : opened())
    if (one.handle.has(symbol)) return one.handle.template get<Function>(symbol);
  return {};
}

}  // namespace

void set_threads(int threads) {
  if (const auto set = of_libtorch<void(int)>("_ZN2at15set_num_threadsEi")) set(threads);  // at::set_num_threads(int)
}

std::string torch_cpu_capability() {
  const auto ask = of_libtorch<std::string()>("_ZN2at18get_cpu_capabilityB5cxx11Ev");  // at::get_cpu_capability()
  return ask ? ask() : "";
}

void be_deterministic() {
  const auto context = of_libtorch<void*()>("_ZN2at13globalContextEv");  // at::globalContext()
  const auto of_cudnn = of_libtorch<void(void*, bool)>("_ZN2at7Context21setDeterministicCuDNNEb");
  const auto of_all = of_libtorch<void(void*, bool, bool)>("_ZN2at7Context26setDeterministicAlgorithmsEbb");
  const auto filling = of_libtorch<void(void*, bool)>("_ZN2at7Context39setDeterministicFillUninitializedMemoryEb");
  if (!context) return;
  if (!of_cudnn || !of_all || !filling)
    throw Error(ErrorKind::plugin,
                "this libtorch has no switch for deterministic kernels where 2.11 to 2.13 have theirs");
  of_cudnn(context(), true);
  of_all(context(), true, /*warn_only=*/true);
  filling(context(), false);  // nothing here reads what it did not write
}

std::unique_ptr<Plugin> make_plugin(const PluginDescriptor& descriptor) {
  try {
    return std::unique_ptr<Plugin>(descriptor.make());
  } catch (const std::exception& error) {
    throw Error(ErrorKind::plugin, std::string("plugin \"") + descriptor.type + "\" cannot be made: " + error.what());
  }
}

const PluginSpec& spec_of(const PluginDescriptor& descriptor) {
  static auto& known = *new std::map<const PluginDescriptor*, PluginSpec>;
  if (const auto it = known.find(&descriptor); it != known.end()) return it->second;
  const auto plugin = make_plugin(descriptor);
  Declare declare;
  plugin->declare_all(declare);
  return known.emplace(&descriptor, declare.spec(descriptor.kind, descriptor.type)).first->second;
}

}  // namespace retort
