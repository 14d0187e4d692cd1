#pragma once
// What every data set of image files offers beside its own layout: the cuts, the constants, the three outputs, and
// writing them.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sdk/node.h"
#include "vision/class_folders.h"
#include "vision/cuts.h"
#include "vision/decode_files.h"

namespace retort::vision {

/// The files of a data set and what its labels mean.
struct FileListing {
  std::vector<std::string> classes;
  std::vector<LabelledFile> train, test;  ///< no test files: no test output
  Json more = Json::object();             ///< further facts for the meta of each output
  std::vector<LeftOut> left_out;          ///< what lies there and is not taken
};

/// Train and test of an ImageFolder: class folders in `train_folder` ("": the root) and, if given, in `test_folder`,
/// which is no class where it lies among those of train. Throws Error(data) for test images of a class that train lacks.
FileListing list_image_folders(const FileTree& tree, const std::string& train_folder,
                               const std::optional<std::string>& test_folder, std::optional<int64_t> classes);

/// Keeps the first `wanted`. Throws Error(user) saying how many `place` has if there are fewer.
void limit_classes(std::vector<std::string>& classes, int64_t wanted, const std::string& place);

/// Parameters of data sets whose images have many sizes.
struct FitParams {
  int64_t image_size = 224;
  std::optional<int64_t> resize;
  std::string interpolation = "bilinear";

  void declare(Declare& d);
  Fit fit() const;
};

/// Parameters and outputs of every data set of files: members of a plugin, bound by `declare`.
struct FileDataset {
  explicit FileDataset(std::string constants) : normalization(std::move(constants)) {}
  std::string normalization;
  Cuts cuts;
  std::string stored = "pixels";
  std::string damaged = "error";
  int64_t decoders = 4;
  Output train, val, test;

  void declare(Declare& d);
  /// Facts that every output has; `classes`, `image_size`: a number, {"param": name}, or null where it is not known
  /// before.
  void declare_outputs(Declare& d, const Json& classes, const Json& image_size);
  /// Cuts val off the listing's train files, then limits what is left, decodes and writes.
  void write(const FileTree& tree, const FileListing& listing, const Fit& fit, Run& run);

 private:
  /// Train and val.
  std::pair<std::vector<LabelledFile>, std::vector<LabelledFile>> parts_of(const FileTree& tree,
                                                                           const FileListing& listing, Run& run) const;
};

}  // namespace retort::vision
