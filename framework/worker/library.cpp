#define BOOST_DLL_USE_STD_FS
#include "worker/library.h"

#include <boost/dll/shared_library.hpp>
#include <map>

#include "core/error.h"

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

}  // namespace

const char* worker_build() { return kBuild; }

const PluginDescriptor& open_plugin(const std::filesystem::path& library) {
  static auto& opened = *new std::map<std::string, std::pair<boost::dll::shared_library, const PluginDescriptor*>>;
  const std::string path = std::filesystem::absolute(library).lexically_normal().string();
  if (auto it = opened.find(path); it != opened.end()) return *it->second.second;
  boost::dll::shared_library handle;
  try {
    handle.load(path, boost::dll::load_mode::rtld_now);
  } catch (const std::exception& error) {
    throw Error(ErrorKind::plugin, path + ": cannot be opened: " + error.what());
  }
  const PluginDescriptor& descriptor = checked(handle, path);
  opened.emplace(path, std::pair(std::move(handle), &descriptor));
  return descriptor;
}

std::unique_ptr<Plugin> make_plugin(const PluginDescriptor& descriptor) {
  try {
    return std::unique_ptr<Plugin>(descriptor.make());
  } catch (const std::exception& error) {
    throw Error(ErrorKind::plugin, std::string("plugin \"") + descriptor.type + "\" cannot be made: " + error.what());
  }
}

PluginSpec spec_of(const PluginDescriptor& descriptor) {
  const auto plugin = make_plugin(descriptor);
  Declare declare;
  plugin->declare_all(declare);
  return declare.spec(descriptor.kind, descriptor.type);
}

}  // namespace retort
