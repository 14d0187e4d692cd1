#include "core/file_tree.h"

#include <algorithm>
#include <set>
#include <system_error>

#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace fs = std::filesystem;

FileTree::FileTree(const fs::path& root) : root_(root) {
  std::error_code error;
  const fs::file_status status = fs::status(root, error);
  if (!fs::exists(status)) throw Error(ErrorKind::data, "there is no folder or archive " + root.string());
  if (fs::is_directory(status)) {
    list_folder();
  } else {
    tar_ = std::make_unique<Tar>(root);
    list_archive();
  }
}

void FileTree::list_folder() {
  try {
    // Links to folders are followed: shared data sets are often assembled from them.
    for (const auto& entry : fs::recursive_directory_iterator(root_, fs::directory_options::follow_directory_symlink)) {
      std::string name = entry.path().lexically_relative(root_).generic_string();
      if (entry.is_directory()) {
        folders_.push_back(std::move(name));
      } else if (entry.is_regular_file()) {
        files_.push_back(std::move(name));
      } else {
        others_.push_back(std::move(name));
      }
    }
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::data, "cannot list " + error.path1().string() + ": " + error.code().message());
  }
  std::sort(files_.begin(), files_.end());
  std::sort(folders_.begin(), folders_.end());
  std::sort(others_.begin(), others_.end());
}

void FileTree::list_archive() {
  const std::vector<TarEntry>& all = tar_->entries();
  std::set<std::string> folders;
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string& name = all[i].name;
    // Many archives list files only.
    for (size_t end = name.find('/'); end != std::string::npos; end = name.find('/', end + 1)) {
      folders.insert(name.substr(0, end));
    }
    if (all[i].folder) {
      folders.insert(name);
    } else {
      entries_.push_back(i);
    }
  }
  folders_.assign(folders.begin(), folders.end());
  // A name written twice: the later one counts, as when the archive is unpacked.
  std::stable_sort(entries_.begin(), entries_.end(), [&](size_t a, size_t b) { return all[a].name < all[b].name; });
  std::vector<size_t> last;
  for (const size_t entry : entries_) {
    if (!last.empty() && all[last.back()].name == all[entry].name) last.pop_back();
    last.push_back(entry);
  }
  entries_ = std::move(last);
  for (const size_t entry : entries_) files_.push_back(all[entry].name);
}

bool FileTree::has(const std::string& file) const { return std::binary_search(files_.begin(), files_.end(), file); }

std::vector<std::string> FileTree::files_below(const std::string& folder) const {
  const std::string start = folder + "/";
  const auto first = std::lower_bound(files_.begin(), files_.end(), start);
  const auto last =
      std::find_if_not(first, files_.end(), [&](const std::string& file) { return file.starts_with(start); });
  return {first, last};
}

bool FileTree::has_files_below(const std::string& folder) const {
  const auto first = std::lower_bound(files_.begin(), files_.end(), folder + "/");
  return first != files_.end() && first->starts_with(folder + "/");
}

std::vector<std::string> FileTree::folders_in(const std::string& folder) const {
  const std::string start = folder.empty() ? "" : folder + "/";
  std::vector<std::string> names;
  for (auto it = std::lower_bound(folders_.begin(), folders_.end(), start); it != folders_.end(); ++it) {
    if (!it->starts_with(start)) break;
    if (it->find('/', start.size()) == std::string::npos) names.push_back(it->substr(start.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string FileTree::read(const std::string& file) const {
  if (std::binary_search(others_.begin(), others_.end(), file))
    throw Error(ErrorKind::data, "cannot read " + place(file) + ": it is no file, and no link to one");
  if (!tar_) return read_file(root_ / file);
  const auto found = std::lower_bound(files_.begin(), files_.end(), file);
  if (found == files_.end() || *found != file) throw Error(ErrorKind::data, "there is no " + place(file));
  return tar_->read(tar_->entries()[entries_[static_cast<size_t>(found - files_.begin())]]);
}

std::string FileTree::place(const std::string& file) const {
  if (file.empty()) return root_.string();
  return tar_ ? root_.string() + ": " + file : (root_ / file).string();
}

}  // namespace retort
