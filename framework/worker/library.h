#pragma once
// Plugin libraries of this process. The only door through which foreign code enters: library.cpp alone knows Boost.DLL.
#include <filesystem>
#include <memory>
#include <string>

#include "sdk/plugin.h"
#include "worker/library_files.h"

namespace retort {

/// The build string of this worker, with the libtorch its plugins may be compiled against.
const char* worker_build();

/// Opens the library (once a process; it is never unloaded, since libtorch and static destructors do not survive that)
/// and returns what it exports. Throws Error(plugin): cannot be opened, exports no `retort_plugin`, other magic, other
/// build string; both strings are in the message. Throws StaleCode instead if somebody is writing the file.
const PluginDescriptor& open_plugin(const std::filesystem::path& library);

/// The same, and throws StaleCode if what is in memory is not `code`: the identity in the manifest that lay beside the
/// library before it was opened and names the builds that are loaded.
const PluginDescriptor& open_plugin(const std::filesystem::path& library, const std::string& code);

/// Throws StaleCode if a file of the project's code in this process was written to since it was opened: what ran since
/// then may have been anything.
void check_code_in_memory();

/// Tells libtorch, if a plugin brought it, how many threads to compute with.
void set_threads(int threads);

/// The vector instructions that libtorch's own kernels were chosen for ("AVX512", "DEFAULT"); "" if no plugin brought
/// it.
std::string torch_cpu_capability();

/// Holds libtorch, if a plugin brought it, to kernels that give the same bytes each time; where it has none on this
/// device it warns once, in the node's log. For cards: results are kept by what they were computed from. Throws
/// Error(plugin) if this libtorch cannot be told.
void be_deterministic();

/// A fresh plugin; throws Error(plugin) with the plugin's own words if its constructor throws.
std::unique_ptr<Plugin> make_plugin(const PluginDescriptor& descriptor);

/// What the plugin says about itself, asked once.
const PluginSpec& spec_of(const PluginDescriptor& descriptor);

}  // namespace retort
