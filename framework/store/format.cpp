#include "store/format.h"

#include <sys/stat.h>

#include <optional>
#include <set>

#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/json_read.h"
#include "core/plugin_spec.h"
#include "core/sealed_text.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

// 1: `format` without a checksum; checkpoints of a key in one folder, without a fence; no pins.
constexpr int kStoreFormat = 2;
const std::set<std::string> kFolders = {"results", "objects", "checkpoints", "scratch", "runs", "names",
                                        "leases",  "pins",    "trash",       "sources", "plans"};

/// Number in the `format` file; nothing if it is damaged.
std::optional<int> format_in(const std::string& bytes) {
  const auto text = unsealed(bytes);
  const Json json = parsed_json(text ? *text : std::string_view(bytes));
  if (!json.is_object() || !json.contains("retort_store") || !json["retort_store"].is_number_integer())
    return std::nullopt;
  const int format = json["retort_store"];
  // Only the first format had no checksum; a newer one that has lost its own is refused rather than taken for damage.
  if (!text && format != 1 && format <= kStoreFormat) return std::nullopt;
  return format;
}

std::optional<int> format_of(const fs::path& root) {
  const auto format = format_in(read_file(root / "format", ErrorKind::store, kLongestText));
  if (format && *format > kStoreFormat)
    throw Error(ErrorKind::store, root.string() + " has store format " + std::to_string(*format) +
                                      ", this retort reads " + std::to_string(kStoreFormat) +
                                      "; use a newer retort or another store (--store)");
  return format && *format < 1 ? std::nullopt : format;
}

void check_empty(const fs::path& root) {
  for (const auto& name : names_in(root))
    if (!kFolders.count(name) && name.rfind("format", 0) != 0 && name != "settings.json" && name != "learned")
      throw Error(ErrorKind::store,
                  root.string() + " is no store: it holds \"" + name + "\"; name an empty or a new folder");
}

/// The format file is the last: a store that was made in part is made again.
void write_store(const fs::path& root) {
  for (const auto& folder : kFolders) make_folder(root / folder);
  write_atomically(root / "format", sealed(Json{{"retort_store", kStoreFormat}}.dump()), /*sync=*/false);
}

/// Those that somebody took away.
void restore_folders(const fs::path& root) {
  for (const auto& folder : kFolders) {
    std::error_code none;  // read-only: it is read as it is
    if (!fs::exists(root / folder, none)) fs::create_directory(root / folder, root, none);
  }
}

void create(const fs::path& root) {
  check_empty(root);
  make_folder(root);
  struct stat about = {};
  // New folders of a shared store belong to this one's group, whoever makes them. Where that is refused they have their
  // maker's. Whether it is shared is said by its own mode: that of a folder that was there, or what the umask leaves.
  if (::stat(root.c_str(), &about) == 0 && (about.st_mode & 0020))
    static_cast<void>(::chmod(root.c_str(), (about.st_mode & 07777) | S_ISGID | 0070));
  guard(root);
  write_store(root);
}

}  // namespace

void prepare_store(const fs::path& root, std::vector<std::string>& remarks) {
  std::error_code none;
  if (!is_there(root / "format")) return create(root);
  const auto format = format_of(root);
  if (format == kStoreFormat) return restore_folders(root);
  if (!format) {
    if (!fs::is_directory(root / "results", none))
      throw Error(ErrorKind::store, (root / "format").string() + " is not a store's format file");
    remarks.push_back((root / "format").string() + " was damaged and is written again");
  }
  try {
    write_store(root);
  } catch (const Error&) {  // read-only: it is read as it is
  }
}

bool has_store(const fs::path& root) {
  if (!is_there(root / "format")) return false;
  format_of(root);
  return true;
}

}  // namespace retort
