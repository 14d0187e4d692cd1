#pragma once
// Class folders that Retort wrote (export.images): their classes are called and ordered as meta.json beside them says,
// not as the folders are.
#include <optional>
#include <string>
#include <vector>

#include "core/file_tree.h"

namespace retort::vision {

/// In the folder of a class that has no image: it is one all the same.
inline constexpr const char* kEmptyClass = ".empty";

struct ClassFolders {
  std::string root;                           ///< where in the tree they lie; "": directly in it
  std::vector<std::string> folders, classes;  ///< of each class, by label
};

/// The class folders in `folder` ("": the root) if that is what `retort export` wrote of the output "folder", alone or
/// beside others. Throws Error(data) if folders came or went since.
std::optional<ClassFolders> exported_folders(const FileTree& tree, const std::string& folder);

}  // namespace retort::vision
