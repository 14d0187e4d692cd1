#include "vision/file_dataset.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "core/nearest.h"
#include "sdk/torch/normalization.h"
#include "sdk/torch/tensor_file.h"
#include "vision/exported_folders.h"

namespace retort::vision {

namespace {

ClassFolders folders_of(const FileTree& tree, const std::string& folder) {
  if (auto exported = exported_folders(tree, folder)) return std::move(*exported);
  const auto names = class_folders(tree, folder);
  return {folder, names, names};
}

/// The folder of each class; of one that is not there, what it would be.
std::vector<std::string> folders_called(const ClassFolders& all, const std::vector<std::string>& classes) {
  std::vector<std::string> folders;
  for (const auto& name : classes) {
    const auto found = std::find(all.classes.begin(), all.classes.end(), name);
    folders.push_back(found == all.classes.end() ? name
                                                 : all.folders[static_cast<size_t>(found - all.classes.begin())]);
  }
  return folders;
}

/// Test images of a class that train lacks have no label.
void check_test_classes(const FileTree& tree, const ClassFolders& test, const std::vector<std::string>& train) {
  std::string unknown;
  for (size_t i = 0; i < test.classes.size(); ++i) {
    const std::string place = test.root.empty() ? test.folders[i] : test.root + "/" + test.folders[i];
    if (std::find(train.begin(), train.end(), test.classes[i]) != train.end() || !tree.has_files_below(place)) continue;
    const std::string hint = did_you_mean(nearest(test.classes[i], train));
    unknown += "\n  " + tree.place(place) + (hint.empty() ? "" : " (" + hint + ")");
  }
  if (!unknown.empty())
    throw Error(ErrorKind::data, "there are test images of classes that train does not have:" + unknown);
}

/// A folder of splits whose "train_folder" nobody named would be a data set of the classes train and val.
void check_no_splits(const FileTree& tree, const std::string& folder, const std::vector<std::string>& classes) {
  static const std::set<std::string> kSplits = {"train", "training", "val", "valid", "validation", "test", "testing"};
  if (!std::all_of(classes.begin(), classes.end(), [](const auto& name) { return kSplits.contains(name); })) return;
  throw Error(ErrorKind::user, tree.place(folder) + " has the folders " + few_of(classes) +
                                   ", which are parts of a data set, not classes: name the one to learn from as "
                                   "\"train_folder\"");
}

/// Takes the folder of that name out of the classes.
void erase_folder(ClassFolders& all, const std::string& folder) {
  const auto found = std::find(all.folders.begin(), all.folders.end(), folder);
  if (found == all.folders.end()) return;
  all.classes.erase(all.classes.begin() + (found - all.folders.begin()));
  all.folders.erase(found);
}

}  // namespace

FileListing list_image_folders(const FileTree& tree, const std::string& train_folder,
                               const std::optional<std::string>& test_folder, std::optional<int64_t> classes) {
  FileListing listing;
  ClassFolders train = folders_of(tree, train_folder);
  std::string test_in_train;  // the class that the folder of test would be
  if (test_folder && (train_folder.empty() || test_folder->starts_with(train_folder + "/"))) {
    const size_t start = train_folder.empty() ? 0 : train_folder.size() + 1;
    test_in_train = test_folder->substr(start, test_folder->find('/', start) - start);
    erase_folder(train, test_in_train);
  }
  check_no_splits(tree, train.root, train.folders);
  std::optional<ClassFolders> test;
  if (test_folder) {
    test = folders_of(tree, *test_folder);
    check_test_classes(tree, *test, train.classes);
  }
  const std::string test_place =
      test_in_train.empty() || train_folder.empty() ? test_in_train : train_folder + "/" + test_in_train;
  listing.left_out.push_back(left_out(tree, train.root, train.folders, test_place));
  if (test) listing.left_out.push_back(left_out(tree, test->root, folders_called(*test, train.classes)));
  if (classes) limit_classes(train.classes, *classes, tree.place(train_folder));
  train.folders.resize(train.classes.size());
  listing.classes = train.classes;
  listing.train = files_of_classes(tree, train.root, train.folders);
  if (test) listing.test = files_of_classes(tree, test->root, folders_called(*test, listing.classes));
  return listing;
}

namespace {

/// `kept`: the labels of the files that could be read.
void check_every_class(const at::Tensor& kept, const std::vector<LabelledFile>& files,
                       const std::vector<std::string>& classes) {
  std::vector<bool> asked(classes.size()), there(classes.size());
  for (const LabelledFile& each : files) asked[static_cast<size_t>(each.label)] = true;
  for (int64_t i = 0; i < kept.size(0); ++i) there[static_cast<size_t>(kept.const_data_ptr<int64_t>()[i])] = true;
  std::vector<std::string> gone;
  for (size_t label = 0; label < classes.size(); ++label)
    if (asked[label] && !there[label]) gone.push_back(classes[label]);
  if (!gone.empty()) throw Error(ErrorKind::data, "no image of a class can be read: " + few_of(gone));
}

}  // namespace

void limit_classes(std::vector<std::string>& classes, int64_t wanted, const std::string& place) {
  if (static_cast<int64_t>(classes.size()) < wanted) {
    throw Error(ErrorKind::user, place + " has " + std::to_string(classes.size()) + " classes; \"classes\" asks for " +
                                     std::to_string(wanted));
  }
  classes.resize(static_cast<size_t>(wanted));
}

void FitParams::declare(Declare& d) {
  d.param("image_size", image_size, "Side of the square cut from the middle, in pixels").between(1, 4096);
  d.param("resize", resize, "Length the shorter side gets before that; absent: image_size").between(1, 8192);
  d.param("interpolation", interpolation, "How images are resized").one_of({"bilinear", "bicubic"});
}

Fit FitParams::fit() const {
  return {static_cast<int>(resize.value_or(image_size)), static_cast<int>(image_size),
          interpolation == "bicubic" ? Filter::bicubic : Filter::bilinear};
}

void FileDataset::declare(Declare& d) {
  d.param("normalization", normalization, "Constants that networks trained on it normalise with")
      .one_of(Normalization::names());
  cuts.declare(d);
  d.param("stored", stored, "Decoded pixels, or the encoded files packed, for sets that do not fit into memory")
      .one_of({"pixels", "encoded"})
      .neutral("pixels");
  d.param("damaged", damaged, "Images that cannot be decoded: stop, or leave them out with a warning")
      .one_of({"error", "skip"});
  d.param("decoders", decoders, "Threads that decode").between(1, 256).not_in_key();
}

void FileDataset::declare_outputs(Declare& d, const Json& classes, const Json& image_size) {
  const auto facts = [&](Port& port) -> Port& {
    port.fact("channels", 3).fact("normalization", {{"param", "normalization"}});
    if (!classes.is_null()) port.fact("classes", classes);
    if (!image_size.is_null()) port.fact("image_size", image_size);
    return port;
  };
  facts(d.output("train", train, "dataset", "Training images"));
  facts(d.output("val", val, "dataset", "Images cut from train, where val_per_class asks for them"));
  facts(d.output("test", test, "dataset", "Held-out images")).held_out();
}

void FileDataset::write(const FileTree& tree, const FileListing& listing, const Fit& fit, Run& run) {
  for (const LeftOut& some : listing.left_out) {
    for (const std::string& line : some.warnings) run.warn(line);
    for (const std::string& line : some.notes) run.log(line);
  }
  const int threads = static_cast<int>(decoders);
  const bool skip = damaged == "skip";
  const auto put = [&](Output& output, const std::vector<LabelledFile>& files) {
    const Normalization constants = Normalization::named(normalization);
    if (stored == "encoded") {
      EncodedWriter writer(output);
      check_every_class(pack_files(tree, files, writer, threads, skip, run), files, listing.classes);
      Json more = {{"resize", fit.shorter}, {"interpolation", fit.filter == Filter::bicubic ? "bicubic" : "bilinear"}};
      more.update(listing.more);
      return writer.finish(listing.classes, fit.size, constants, more);
    }
    DecodedFiles decoded = decode_files(tree, files, fit, threads, skip, run);
    check_every_class(decoded.labels, files, listing.classes);
    const LabelledImages set{decoded.images, decoded.labels, listing.classes, constants, true};
    write_images(output, "dataset", set, listing.more);
  };
  auto [rest, cut] = parts_of(tree, listing, run);
  put(train, rest);
  if (!cut.empty()) put(val, cut);
  if (!listing.test.empty()) put(test, listing.test);
}

/// Counts only images that can be read: one that is skipped takes nobody's place.
std::pair<std::vector<LabelledFile>, std::vector<LabelledFile>> FileDataset::parts_of(const FileTree& tree,
                                                                                      const FileListing& listing,
                                                                                      Run& run) const {
  const bool counts = cuts.per_class || cuts.val_per_class > 0;
  const auto files = damaged == "skip" && counts
                         ? without_damaged(tree, listing.train, cuts, static_cast<int>(decoders), run)
                         : listing.train;
  auto [rest, cut] = cut_last_of_each(files, listing.classes, cuts.val_per_class);
  if (cuts.per_class) rest = first_of_each(rest, listing.classes, *cuts.per_class);
  return {std::move(rest), std::move(cut)};
}

}  // namespace retort::vision
