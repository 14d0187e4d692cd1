#pragma once
// A network out of its built library, bound from JSON without a worker.
#include <dlfcn.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "core/error.h"
#include "nn/network.h"

namespace retort::test {

class NoComponents : public ComponentSource {
 public:
  std::unique_ptr<Plugin> make(const std::string&, const std::string&) override { return nullptr; }
  std::string code_of(const std::string&, const std::string&) override { return ""; }
};

/// From $RETORT_PLUGIN_PATH. Throws Error if there is no such library, or it does not take these parameters.
inline std::shared_ptr<nn::Network> network_plugin(const std::string& type, const Json& params) {
  const std::string file = std::string(std::getenv("RETORT_PLUGIN_PATH")) + "/" + type + ".so";
  void* library = dlopen(file.c_str(), RTLD_NOW);
  if (!library) throw Error(ErrorKind::plugin, dlerror());
  const auto* plugin = static_cast<const PluginDescriptor*>(dlsym(library, "retort_plugin"));
  std::shared_ptr<Plugin> made(plugin->make());
  Declare declared;
  made->declare_all(declared);
  NoComponents none;
  for (const std::string& problem : declared.bind(params, none)) throw Error(ErrorKind::user, problem);
  return std::dynamic_pointer_cast<nn::Network>(made);
}

}  // namespace retort::test
