#pragma once
// Which image files a data set has and what each shows, before any is opened: the layout of torchvision's ImageFolder,
// and the cuts every data set of files offers.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/file_tree.h"

namespace retort::vision {

struct LabelledFile {
  std::string file;  ///< its name in the FileTree
  int64_t label = 0;
  bool operator==(const LabelledFile&) const = default;
};

/// The first five names, and how many more there are.
std::string few_of(const std::vector<std::string>& names);

/// True for the endings that torchvision takes for images: .jpg .jpeg .png .ppm .bmp .pgm .tif .tiff .webp, in any
/// case.
bool is_image_name(const std::string& file);

/// True for what tools leave in data sets and no one means by them: names that begin with a dot (.ipynb_checkpoints,
/// ._1.jpg, .git), __MACOSX, @eaDir, lost+found and the like.
bool is_hidden_name(const std::string& name);

/// The folders directly in `folder` ("": the root) that are not hidden, sorted by name: ImageFolder's classes. Throws
/// Error(data) if there are none.
std::vector<std::string> class_folders(const FileTree& tree, const std::string& folder);

/// The image files below `folder`/CLASS of each class that are not hidden nor in a hidden folder, in ImageFolder's
/// order; a link with an image's name that leads nowhere is one that cannot be read. Throws Error(data) naming every
/// class without one, unless a file called `.empty` there says that it has none.
std::vector<LabelledFile> files_of_classes(const FileTree& tree, const std::string& folder,
                                           const std::vector<std::string>& classes);

/// What lies in a data set and is not taken, in words for people.
struct LeftOut {
  std::vector<std::string> warnings;  ///< hidden files, images outside the folders of classes or in formats not read
  std::vector<std::string> notes;     ///< files that are no images
};

/// Of what lies below `folder`, save below `except` ("": nothing), which is another part of the data set. `classes`: the
/// folders that are taken or were left out on request.
LeftOut left_out(const FileTree& tree, const std::string& folder, const std::vector<std::string>& classes,
                 const std::string& except = "");

/// The first `count` files of each class, in the order given. Throws Error(user) naming a class with fewer.
std::vector<LabelledFile> first_of_each(const std::vector<LabelledFile>& files, const std::vector<std::string>& classes,
                                        int64_t count);

/// Cuts the last `count` files of each class off: {the rest, what was cut}. Throws Error(user) naming a class of which
/// nothing would be left.
std::pair<std::vector<LabelledFile>, std::vector<LabelledFile>> cut_last_of_each(
    const std::vector<LabelledFile>& files, const std::vector<std::string>& classes, int64_t count);

}  // namespace retort::vision
