#include "worker/describe.h"

#include "core/error.h"
#include "core/files.h"
#include "core/tokens.h"
#include "worker/library.h"

namespace retort {

void write_manifest(const std::filesystem::path& library, const std::filesystem::path& root,
                    const std::filesystem::path& output) {
  const PluginDescriptor& descriptor = open_plugin(library);
  const PluginSpec spec = spec_of(descriptor);
  const CodeIdentity code = code_identity(root / descriptor.source, root);
  Json manifest = to_json(spec);
  manifest["retort_manifest"] = 1;
  manifest["library"] = library.filename().string();
  manifest["build"] = descriptor.build;
  const std::string build = descriptor.build;
  manifest["torch"] = build.substr(build.rfind("; torch ") + 8);
  manifest["code"] = {{"identity", spec.version ? "version " + std::to_string(*spec.version) : code.identity},
                      {"files", code.files}};
  write_atomically(output, manifest.dump(1) + "\n", /*sync=*/false);
}

}  // namespace retort
