#include "plan/source_digests.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/digest.h"
#include "core/file_tree.h"
#include "core/file_trouble.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/plugin_spec.h"
#include "core/sealed_text.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {

constexpr int kFormat = 3;  // 1 had no seal, 2 no device: what they knew is learned again

constexpr uint64_t kLongestSources = uint64_t{4} << 30;  // a line a file of a data set of millions

/// Size, inode, device, mount, two times, when it was read, digest.
bool is_entry(const Json& one) {
  if (!one.is_array() || one.size() != 8 || !one[7].is_string()) return false;
  return std::all_of(one.begin(), one.begin() + 7, [](const Json& number) { return number.is_number_integer(); });
}

std::string absolute_name(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

}  // namespace

SourceDigests::SourceDigests(std::filesystem::path file) : file_(std::move(file)) {
  if (!is_there(file_)) return;
  const std::string text = read_file(file_, ErrorKind::store, kLongestSources);
  const auto whole = unsealed(text);
  const Json json = whole ? parsed_json(*whole) : Json();
  if (stated_version(json, "retort_sources") != kFormat) return;
  for (const auto& [path, one] : object_in(json, "files").items())
    if (is_entry(one))
      known_[bytes_of(path)].file = {
          {one.at(0), one.at(1), one.at(2), one.at(3), one.at(4), one.at(5)}, one.at(6), one.at(7)};
}

std::string SourceDigests::digest(const std::filesystem::path& path) {
  const int64_t read = clock_now();
  const auto now = stamp_of(path.c_str());
  if (!now) throw Error(ErrorKind::data, file_trouble("read", path, errno));
  const std::string name = absolute_name(path);
  note(*now);
  if (const auto link = link_stamp_of(name.c_str()); link && link->inode != now->inode) note(*link);
  note_way(std::filesystem::path(name).parent_path());
  Known& known = known_[name];
  const bool asked = std::exchange(known.asked, true);
  if (!known.file.digest.empty() && known.file.is_certainly(now)) return known.file.digest;
  std::string digest = sha256_file(path);
  if (asked && digest != known.file.digest) steady_ = false;
  known.file = {*now, read, std::move(digest)};
  learned_ = true;
  return known.file.digest;
}

void SourceDigests::note(const FileStamp& stamp) {
  stamps_.update({reinterpret_cast<const char*>(&stamp), sizeof stamp});
  trace_.files = "some";
}

/// All folders from the root to this one, as it is written and as it really lies, and the links among them.
void SourceDigests::note_way(const std::filesystem::path& folder) {
  if (!noted_.insert(folder.string()).second) return;
  std::error_code none;
  for (std::filesystem::path one = folder; one.has_relative_path(); one = one.parent_path()) {
    const auto link = link_stamp_of(one.c_str()), there = stamp_of(one.c_str());
    if (there) trace_.folders.try_emplace(one.string(), *there);
    if (link && there && link->inode != there->inode) note(*link);
  }
  if (const auto real = std::filesystem::canonical(folder, none); !none && real != folder) note_way(real);
}

Trace SourceDigests::take_trace() {
  Trace taken = std::exchange(trace_, {});
  const std::string digest = stamps_.hex();
  if (!taken.files.empty()) taken.files = digest;
  noted_.clear();
  return taken;
}

bool Trace::still_holds(const Trace& now) const {
  if (files != now.files || folders.size() != now.folders.size()) return false;
  for (const auto& [name, then] : folders) {
    const auto found = now.folders.find(name);
    if (found == now.folders.end()) return false;
    const FileStamp& stamp = found->second;
    if (stamp.inode != then.inode || stamp.device != then.device || stamp.mount != then.mount) return false;
    // A new entry changes both times; a folder that was moved has another change time alone.
    if (stamp.changed != then.changed && stamp.changed != stamp.modified) return false;
  }
  return true;
}

std::string SourceDigests::tree_digest(const std::filesystem::path& folder) {
  const int64_t read = clock_now();
  const FileTree tree(folder);
  const auto remember = [&](const std::filesystem::path& one) {
    if (const auto stamp = stamp_of(one.c_str())) folders_.try_emplace(absolute_name(one), SeenFile{*stamp, read, ""});
  };
  remember(folder);
  for (const auto& name : tree.folders()) remember(folder / name);
  note_way(absolute_name(folder));
  for (const auto& name : tree.folders()) note_way(absolute_name(folder / name));
  Sha256 listing;
  for (const auto& name : tree.files()) listing.update(Json(text_of(name)).dump() + " " + digest(folder / name) + "\n");
  for (const auto& name : tree.folders())  // a folder with files is named by them
    if (!tree.has_files_below(name)) listing.update(Json(text_of(name) + "/").dump() + " empty\n");
  for (const auto& name : tree.others()) listing.update(Json(text_of(name)).dump() + " no file\n");
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
        files[text_of(path)] = {stamp.size,     stamp.inode,   stamp.device, stamp.mount,
                                stamp.modified, stamp.changed, read,         digest};
    }
    write_atomically(file_, sealed(Json{{"retort_sources", kFormat}, {"files", files}}.dump(1)), /*sync=*/false);
  } catch (const std::exception&) {  // read-only store: nothing is lost but time
  }
}

}  // namespace retort
