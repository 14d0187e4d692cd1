#include "plan/source_digests.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/digest.h"
#include "core/file_tree.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "core/plugin_spec.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {

constexpr int kFormat = 2;  // 1 had no seal: what it knew is learned again

std::string absolute_name(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

SourceDigests::SourceDigests(std::filesystem::path file) : file_(std::move(file)) {
  std::error_code none;
  if (!std::filesystem::exists(file_, none)) return;
  const std::string text = read_file(file_, ErrorKind::store);
  const auto whole = unsealed(text);
  if (!whole) return;
  const Json json = Json::parse(*whole);
  if (stated_version(json, "retort_sources") != kFormat) return;
  for (const auto& [path, one] : json.at("files").items())
    known_[bytes_of(path)].file = {{one.at(0), one.at(1), one.at(2), one.at(3)}, one.at(4), one.at(5)};
}

std::string SourceDigests::digest(const std::filesystem::path& path) {
  const int64_t read = clock_now();
  const auto now = stamp_of(path.c_str());
  if (!now) throw Error(ErrorKind::data, file_trouble("read", path, errno));
  Known& known = known_[absolute_name(path)];
  const bool asked = std::exchange(known.asked, true);
  if (!known.file.digest.empty() && known.file.is_certainly(now)) return known.file.digest;
  std::string digest = sha256_file(path);
  if (asked && digest != known.file.digest) steady_ = false;
  known.file = {*now, read, std::move(digest)};
  learned_ = true;
  return known.file.digest;
}

std::string SourceDigests::tree_digest(const std::filesystem::path& folder) {
  const int64_t read = clock_now();
  const FileTree tree(folder);
  const auto remember = [&](const std::filesystem::path& one) {
    if (const auto stamp = stamp_of(one.c_str())) folders_.try_emplace(absolute_name(one), SeenFile{*stamp, read, ""});
  };
  remember(folder);
  for (const auto& name : tree.folders()) remember(folder / name);
  Sha256 listing;
  for (const auto& name : tree.files()) listing.update(Json(text_of(name)).dump() + " " + digest(folder / name) + "\n");
  return listing.hex();
}

SeenFiles SourceDigests::files_asked() const {
  SeenFiles files;
  for (const auto& [path, known] : known_)
    if (known.asked) files.emplace_back(path, known.file);
  return files;
}

void SourceDigests::save() const noexcept {
  if (!learned_) return;
  try {
    Json files = Json::object();
    for (const auto& [path, known] : known_) {
      const auto& [stamp, read, digest] = known.file;
      if (!digest.empty())
        files[text_of(path)] = {stamp.size, stamp.inode, stamp.modified, stamp.changed, read, digest};
    }
    write_atomically(file_, sealed(Json{{"retort_sources", kFormat}, {"files", files}}.dump(1)), /*sync=*/false);
  } catch (const std::exception&) {  // read-only store: nothing is lost but time
  }
}

}  // namespace retort
