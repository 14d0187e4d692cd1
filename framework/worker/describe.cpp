#include "worker/describe.h"

#include <set>

#include "core/code.h"
#include "core/error.h"
#include "core/files.h"
#include "core/system_text.h"
#include "worker/commands.h"
#include "worker/library.h"
#include "worker/loaded.h"
#include "worker/members.h"
#include "worker/symbols.h"

namespace retort {
namespace {

/// Of the plugin's own source and of the members of libraries it links.
CodeFiles files_of(const PluginDescriptor& descriptor, const std::filesystem::path& library,
                   const std::filesystem::path& root, const PluginBuild& build) {
  CodeFiles files;
  std::set<std::string> needed;
  const auto add = [&](const Compilation& compilation, const std::filesystem::path& object) {
    files.merge(code_files(compilation, root));
    needed.merge(symbols_of(object).needed);
  };
  if (build.objects.empty()) {
    Compilation compilation;
    compilation.source = root / descriptor.source;
    add(compilation, library);
  } else {
    const Commands commands(build.commands);
    for (const auto& object : build.objects) add(commands.of(object), object);
  }
  files.merge(linked_files(std::move(needed), build.libraries));
  return files;
}

/// Without a build id nobody could tell what a worker has in its memory.
std::map<std::string, std::string> builds_of(const std::filesystem::path& library) {
  auto builds = project_builds(library);
  for (const auto& [name, build] : builds)
    if (build.empty())
      throw Error(ErrorKind::plugin, library.string() + ": " + (name == library.filename() ? "it" : name) +
                                         " has no build id; link it with -Wl,--build-id");
  return builds;
}

}  // namespace

void write_manifest(const std::filesystem::path& library, const std::filesystem::path& root,
                    const std::filesystem::path& output, const PluginBuild& build) {
  const PluginDescriptor& descriptor = open_plugin(library);
  const PluginSpec spec = spec_of(descriptor);
  const CodeFiles files = files_of(descriptor, library, root, build);
  Json manifest = to_json(spec);
  manifest["retort_manifest"] = 1;
  manifest["library"] = text_of(library.filename().string());
  manifest["build"] = descriptor.build;
  const std::string built = descriptor.build;
  manifest["torch"] = built.substr(built.rfind("; torch ") + 8);
  manifest["code"] = {{"identity", spec.version ? "version " + std::to_string(*spec.version) : code_identity(files)},
                      {"files", files}};
  manifest["loads"] = builds_of(library);
  write_atomically(output, manifest.dump(1) + "\n", /*sync=*/false);
}

}  // namespace retort
