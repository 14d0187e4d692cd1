// Tiny-ImageNet-200 in its official layout. Labels follow the class ids in alphabetical order, as ImageFolder and
// published pipelines have them, not the order of wnids.txt. The official test images have no labels: its validation
// set is test here.
#include <sdk/node.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "core/error.h"
#include "vision/file_dataset.h"

namespace {

using retort::Error;
using retort::ErrorKind;
using retort::FileTree;
namespace vision = retort::vision;

std::vector<std::string> lines_of(const FileTree& tree, const std::string& file) {
  if (!tree.has(file)) throw Error(ErrorKind::data, "there is no " + tree.place(file));
  std::istringstream text(tree.read(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

/// The official archive has everything in one folder; a copy may have it directly.
std::string start_of(const FileTree& tree) {
  return !tree.has("wnids.txt") && tree.has("tiny-imagenet-200/wnids.txt") ? "tiny-imagenet-200/" : "";
}

/// The first name of each class: words.txt has lines "wnid<TAB>name, name, …".
std::vector<std::string> titles_of(const FileTree& tree, const std::string& start,
                                   const std::vector<std::string>& classes) {
  std::map<std::string, std::string> titles;
  for (const std::string& line : lines_of(tree, start + "words.txt")) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos) titles[line.substr(0, tab)] = line.substr(tab + 1, line.find(',', tab) - tab - 1);
  }
  std::vector<std::string> found;
  for (const std::string& each : classes) found.push_back(titles.contains(each) ? titles[each] : each);
  return found;
}

/// Lines "file<TAB>wnid<TAB>box", in their order; those of classes that were left out on request (`all` has them) are
/// left out. Throws Error(data) for one of no class.
std::vector<vision::LabelledFile> validation_files(const FileTree& tree, const std::string& start,
                                                   const std::vector<std::string>& classes,
                                                   const std::vector<std::string>& all) {
  const std::string list = start + "val/val_annotations.txt";
  std::vector<vision::LabelledFile> files;
  for (const std::string& line : lines_of(tree, list)) {
    const size_t first = line.find('\t'), second = line.find('\t', first + 1);
    if (second == std::string::npos)
      throw Error(ErrorKind::data, tree.place(list) + ": malformed line \"" + line + "\"");
    const std::string file = start + "val/images/" + line.substr(0, first);
    const std::string wnid = line.substr(first + 1, second - first - 1);
    if (!std::binary_search(all.begin(), all.end(), wnid))
      throw Error(ErrorKind::data, tree.place(list) + ": line \"" + line + "\" is of a class that wnids.txt lacks");
    const auto found = std::lower_bound(classes.begin(), classes.end(), wnid);
    if (found == classes.end() || *found != wnid) continue;
    if (!tree.has(file))
      throw Error(ErrorKind::data, "there is no " + tree.place(file) + ", which val_annotations.txt lists");
    files.push_back({file, found - classes.begin()});
  }
  return files;
}

class TinyImageNet final : public retort::Node {
  std::string path_ = "tiny-imagenet-200";
  int64_t classes_ = 200;
  vision::FileDataset data_{"tiny"};

 public:
  void declare(retort::Declare& d) override {
    d.about("Tiny-ImageNet: 200 classes of 500 training and 50 test images of 64 x 64 pixels");
    d.source();
    d.param("path", path_, "Folder or tar archive that holds wnids.txt, words.txt, train and val").path();
    d.param("classes", classes_, "Only the first classes by id, so many").between(1, 200);
    data_.declare(d);
    data_.declare_outputs(d, {{"param", "classes"}}, 64);
  }

  void run(retort::Run& run) override {
    const FileTree tree(path_);
    const std::string start = start_of(tree);
    vision::FileListing listing;
    listing.classes = lines_of(tree, start + "wnids.txt");
    std::sort(listing.classes.begin(), listing.classes.end());
    const std::vector<std::string> all = listing.classes;
    listing.left_out.push_back(vision::left_out(tree, start + "train", all));
    vision::limit_classes(listing.classes, classes_, tree.place(start + "wnids.txt"));
    listing.train = vision::files_of_classes(tree, start + "train", listing.classes);
    listing.test = validation_files(tree, start, listing.classes, all);
    listing.more = {{"titles", titles_of(tree, start, listing.classes)}};
    data_.write(tree, listing, {64, 64, vision::Filter::bilinear}, run);
  }
};

}  // namespace

RETORT_PLUGIN(TinyImageNet, "dataset.tiny_imagenet")
