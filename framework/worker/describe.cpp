#include "worker/describe.h"

#include <openssl/sha.h>

#include <fstream>
#include <sstream>

#include "core/error.h"
#include "worker/library.h"

namespace retort {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(ErrorKind::plugin, path.string() + ": cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string sha256_hex(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  std::string text;
  for (unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace

void write_manifest(const std::filesystem::path& library, const std::filesystem::path& root,
                    const std::filesystem::path& output) {
  const PluginDescriptor& descriptor = open_plugin(library);
  const PluginSpec spec = spec_of(descriptor);
  const std::filesystem::path source = descriptor.source;
  const std::string digest = sha256_hex(read_text(source));
  Json manifest = to_json(spec);
  manifest["retort_manifest"] = 1;
  manifest["library"] = library.filename().string();
  manifest["build"] = descriptor.build;
  const std::string build = descriptor.build;
  manifest["torch"] = build.substr(build.rfind("; torch ") + 8);
  manifest["code"] = {{"identity", spec.version ? "version " + std::to_string(*spec.version) : digest},
                      {"files", {{source.lexically_relative(root).generic_string(), digest}}}};
  const std::string text = manifest.dump(1) + "\n";
  const std::filesystem::path temporary = output.string() + ".new";
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw Error(ErrorKind::plugin, output.string() + ": cannot be written");
  std::filesystem::rename(temporary, output);
}

}  // namespace retort
