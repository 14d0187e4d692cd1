// ImageNet-1K in ImageFolder's layout: train/WNID/*.JPEG and val/WNID/*.JPEG. Its validation set is test here.
#include <sdk/node.h>

#include "vision/file_dataset.h"

namespace {

class ImageNet final : public retort::Node {
  std::string path_ = "imagenet";
  int64_t classes_ = 1000;
  retort::vision::FitParams fit_{.resize = 256};
  retort::vision::FileDataset data_{"in"};

 public:
  void declare(retort::Declare& d) override {
    d.about("ImageNet-1K: 1000 classes, 1,281,167 training images and 50,000 test images");
    d.source();
    d.param("path", path_, "Folder or tar archive that holds train and val, with one folder a class in each").path();
    d.param("classes", classes_, "Only the first classes by id, so many").between(1, 1000);
    fit_.declare(d);
    data_.declare(d);
    data_.declare_outputs(d, {{"param", "classes"}}, {{"param", "image_size"}});
  }

  void run(retort::Run& run) override {
    const retort::FileTree tree(path_);
    const bool has_test = tree.has_files_below("val");  // the images lie in a folder a class, which is checked
    const std::optional<std::string> test_folder = has_test ? std::optional<std::string>("val") : std::nullopt;
    data_.write(tree, retort::vision::list_image_folders(tree, "train", test_folder, classes_), fit_.fit(), run);
  }
};

}  // namespace

RETORT_PLUGIN(ImageNet, "dataset.imagenet")
