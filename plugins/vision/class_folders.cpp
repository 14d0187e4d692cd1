#include "vision/class_folders.h"

#include <algorithm>
#include <array>
#include <cctype>
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

std::string joined(const std::vector<std::string>& names) {
  constexpr size_t kShown = 5;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > kShown ? text + " and " + std::to_string(names.size() - kShown) + " more" : text;
}

}  // namespace

bool is_image_name(const std::string& file) {
  static constexpr std::array kEndings = {".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"};
  std::string lower = file;
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(kEndings.begin(), kEndings.end(), [&](const char* ending) { return lower.ends_with(ending); });
}

std::vector<std::string> class_folders(const FileTree& tree, const std::string& folder) {
  std::vector<std::string> classes = tree.folders_in(folder);
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
    std::erase_if(names, [](const std::string& name) { return !is_image_name(name); });
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return walk_order(a) < walk_order(b); });
    if (names.empty() && !tree.has(place + "/" + kEmptyClass)) empty.push_back(tree.place(place));
    for (std::string& name : names) files.push_back({std::move(name), static_cast<int64_t>(label)});
  }
  if (!empty.empty()) throw Error(ErrorKind::data, "no image in the folder of a class: " + joined(empty));
  return files;
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
    if (have[label] > count) continue;
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
