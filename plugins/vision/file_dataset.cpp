#include "vision/file_dataset.h"

#include <algorithm>

#include "core/error.h"
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

}  // namespace

FileListing list_image_folders(const FileTree& tree, const std::string& train_folder,
                               const std::optional<std::string>& test_folder, std::optional<int64_t> classes) {
  FileListing listing;
  ClassFolders train = folders_of(tree, train_folder);
  if (classes) limit_classes(train.classes, *classes, tree.place(train_folder));
  train.folders.resize(train.classes.size());
  listing.classes = train.classes;
  listing.train = files_of_classes(tree, train.root, train.folders);
  if (test_folder) {
    const ClassFolders test = folders_of(tree, *test_folder);
    listing.test = files_of_classes(tree, test.root, folders_called(test, listing.classes));
  }
  return listing;
}

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
  const auto put = [&](Output& output, const std::vector<LabelledFile>& files) {
    const Normalization constants = Normalization::named(normalization);
    if (stored == "encoded") {
      EncodedWriter writer(output);
      pack_files(tree, files, writer, static_cast<int>(decoders), damaged == "skip", run);
      Json more = {{"resize", fit.shorter}, {"interpolation", fit.filter == Filter::bicubic ? "bicubic" : "bilinear"}};
      more.update(listing.more);
      return writer.finish(listing.classes, fit.size, constants, more);
    }
    DecodedFiles decoded = decode_files(tree, files, fit, static_cast<int>(decoders), damaged == "skip", run);
    const LabelledImages set{decoded.images, decoded.labels, listing.classes, constants, true};
    write_images(output, "dataset", set, listing.more);
  };
  auto [rest, cut] = cut_last_of_each(listing.train, listing.classes, cuts.val_per_class);
  if (cuts.per_class) rest = first_of_each(rest, listing.classes, *cuts.per_class);
  put(train, rest);
  if (!cut.empty()) put(val, cut);
  if (!listing.test.empty()) put(test, listing.test);
}

}  // namespace retort::vision
