#include "vision/class_folders.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <span>
#include <tuple>

#include "core/error.h"
#include "vision/exported_folders.h"

namespace retort::vision {
namespace {

std::vector<int64_t> counts_of(const std::vector<LabelledFile>& files, size_t classes) {
  std::vector<int64_t> counts(classes);
  for (const LabelledFile& each : files) ++counts.at(static_cast<size_t>(each.label));
  return counts;
}

/// os.walk's order: folder by folder, the files of a folder before those of the folders in it.
auto walk_order(const std::string& file) {
  const size_t slash = file.rfind('/');
  return std::make_tuple(file.substr(0, slash), file.substr(slash + 1));
}

/// Where the first hidden part of a name ends, looking from `from` on; npos if none is hidden.
size_t hidden_part(const std::string& name, size_t from) {
  while (from < name.size()) {
    const size_t end = std::min(name.find('/', from), name.size());
    if (is_hidden_name(name.substr(from, end - from))) return end;
    from = end + 1;
  }
  return std::string::npos;
}

bool ends_in(const std::string& file, std::span<const char* const> endings) {
  std::string lower = file;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return lower.ends_with(ending); });
}

/// Formats of pictures that torchvision does not take either.
bool is_other_picture(const std::string& file) {
  static constexpr std::array kEndings = {".gif", ".heic", ".heif", ".avif", ".jp2", ".jfif", ".jpe", ".svg", ".psd"};
  return ends_in(file, kEndings);
}

void tell(std::vector<std::string>& lines, const std::set<std::string>& names, const char* what) {
  if (names.empty()) return;
  lines.push_back(std::to_string(names.size()) + " " + what + ": " + few_of({names.begin(), names.end()}));
}

}  // namespace

std::string few_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > kShown ? text + " and " + std::to_string(names.size() - kShown) + " more" : text;
}

bool is_image_name(const std::string& file) {
  static constexpr std::array kEndings = {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"};
  return ends_in(file, kEndings);
}

bool is_hidden_name(const std::string& name) {
  static constexpr std::array kOfTools = {"__MACOSX", "@eaDir", "lost+found", "$RECYCLE.BIN",
                                          "System Volume Information"};
  return name.starts_with('.') || std::find(kOfTools.begin(), kOfTools.end(), name) != kOfTools.end();
}

std::vector<std::string> class_folders(const FileTree& tree, const std::string& folder) {
  std::vector<std::string> classes = tree.folders_in(folder);
  std::erase_if(classes, is_hidden_name);
  if (classes.empty()) throw Error(ErrorKind::data, tree.place(folder) + " has no folders, so no classes");
  return classes;
}

std::vector<LabelledFile> files_of_classes(const FileTree& tree, const std::string& folder,
                                           const std::vector<std::string>& classes) {
  std::vector<LabelledFile> files;
  std::vector<std::string> empty;
  for (size_t label = 0; label < classes.size(); ++label) {
    const std::string place = folder.empty() ? classes[label] : folder + "/" + classes[label];
    std::vector<std::string> names = tree.files_below(place);
    for (const std::string& other : tree.others())
      if (other.starts_with(place + "/")) names.push_back(other);
    std::erase_if(names, [&](const std::string& name) {
      return !is_image_name(name) || hidden_part(name, place.size() + 1) != std::string::npos;
    });
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return walk_order(a) < walk_order(b); });
    if (names.empty() && !tree.has(place + "/" + kEmptyClass)) empty.push_back(tree.place(place));
    for (std::string& name : names) files.push_back({std::move(name), static_cast<int64_t>(label)});
  }
  if (!empty.empty()) throw Error(ErrorKind::data, "no image in the folder of a class: " + few_of(empty));
  return files;
}

LeftOut left_out(const FileTree& tree, const std::string& folder, const std::vector<std::string>& classes,
                 const std::string& except) {
  const std::set<std::string> known(classes.begin(), classes.end());
  const size_t start = folder.empty() ? 0 : folder.size() + 1;
  std::set<std::string> hidden, outside, pictures, others;
  const auto look = [&](const std::string& name, bool is_folder) {
    if (name.ends_with("/" + std::string(kEmptyClass))) return;  // says that a class has no image
    if (name.size() <= start || (start > 0 && !name.starts_with(folder + "/"))) return;
    if (!except.empty() && (name == except || name.starts_with(except + "/"))) return;
    if (const size_t end = hidden_part(name, start); end != std::string::npos) {
      hidden.insert(name.substr(start, end - start));
    } else if (!is_folder) {
      const std::string own = name.substr(start);
      const size_t slash = own.find('/');
      if (is_other_picture(own))
        pictures.insert(own);
      else if (!is_image_name(own))
        others.insert(own);
      else if (slash == std::string::npos || !known.contains(own.substr(0, slash)))
        outside.insert(own);
    }
  };
  for (const std::string& name : tree.folders()) look(name, true);
  for (const std::string& name : tree.files()) look(name, false);
  for (const std::string& name : tree.others()) look(name, false);
  LeftOut all;
  tell(all.warnings, hidden, "hidden files or folders are left out");
  tell(all.warnings, outside, "images outside the folders of classes are left out");
  tell(all.warnings, pictures, "pictures in formats that are not read are left out");
  tell(all.notes, others, "files that are no images are left out");
  return all;
}

std::vector<LabelledFile> first_of_each(const std::vector<LabelledFile>& files, const std::vector<std::string>& classes,
                                        int64_t count) {
  const std::vector<int64_t> have = counts_of(files, classes.size());
  for (size_t label = 0; label < classes.size(); ++label) {
    if (have[label] >= count) continue;
    throw Error(ErrorKind::user, "class " + classes[label] + " has " + std::to_string(have[label]) + " images; " +
                                     std::to_string(count) + " were asked for");
  }
  std::vector<int64_t> taken(classes.size());
  std::vector<LabelledFile> first;
  for (const LabelledFile& each : files) {
    if (taken[static_cast<size_t>(each.label)]++ < count) first.push_back(each);
  }
  return first;
}

std::pair<std::vector<LabelledFile>, std::vector<LabelledFile>> cut_last_of_each(
    const std::vector<LabelledFile>& files, const std::vector<std::string>& classes, int64_t count) {
  const std::vector<int64_t> have = counts_of(files, classes.size());
  for (size_t label = 0; label < classes.size(); ++label) {
    if (have[label] > count || count == 0) continue;  // of an empty class nothing is cut either
    throw Error(ErrorKind::user, "class " + classes[label] + " has " + std::to_string(have[label]) +
                                     " training images; cutting " + std::to_string(count) + " for val leaves none");
  }
  std::vector<int64_t> seen(classes.size());
  std::vector<LabelledFile> rest, cut;
  for (const LabelledFile& each : files) {
    const auto label = static_cast<size_t>(each.label);
    (seen[label]++ < have[label] - count ? rest : cut).push_back(each);
  }
  return {std::move(rest), std::move(cut)};
}

}  // namespace retort::vision
