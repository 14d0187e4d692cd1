#pragma once
// Plugin libraries of this process. The only door through which foreign code enters: library.cpp alone knows Boost.DLL.
#include <filesystem>
#include <memory>
#include <string>

#include "sdk/plugin.h"

namespace retort {

/// The build string of this worker, with the libtorch its plugins may be compiled against.
const char* worker_build();

/// Opens the library (once a process; it is never unloaded, since libtorch and static destructors do not survive that)
/// and returns what it exports. Throws Error(plugin): cannot be opened, exports no `retort_plugin`, other magic, other
/// build string; both strings are in the message.
const PluginDescriptor& open_plugin(const std::filesystem::path& library);

/// Code identity that the manifest beside the library had when the library was opened; "" without a manifest.
const std::string& opened_code(const std::filesystem::path& library);

/// Tells libtorch, if a plugin brought it, how many threads to compute with.
void set_threads(int threads);

/// A fresh plugin; throws Error(plugin) with the plugin's own words if its constructor throws.
std::unique_ptr<Plugin> make_plugin(const PluginDescriptor& descriptor);

/// What the plugin says about itself.
PluginSpec spec_of(const PluginDescriptor& descriptor);

}  // namespace retort
