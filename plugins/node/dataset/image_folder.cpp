// Any images in folders named after their class, as torchvision's ImageFolder reads them: ROOT/CLASS/*.jpg or *.png.
#include <sdk/node.h>

#include "vision/file_dataset.h"

namespace {

class ImageFolder final : public retort::Node {
  std::string path_;
  std::string train_folder_;
  std::optional<std::string> test_folder_;
  std::optional<int64_t> classes_;
  retort::vision::FitParams fit_;
  retort::vision::FileDataset data_{"in"};

 public:
  void declare(retort::Declare& d) override {
    d.about("Images in one folder a class, from a folder or an uncompressed tar archive");
    d.source();
    d.param("path", path_, "Folder or tar archive").required().path();
    d.param("train_folder", train_folder_, "Where in it the class folders of train are; default: directly in it");
    d.param("test_folder", test_folder_, "Where in it the class folders of test are; default: there is no test");
    d.param("classes", classes_, "Only the first classes by name, so many; default: all").at_least(1);
    fit_.declare(d);
    data_.declare(d);
    data_.declare_outputs(d, {{"param", "classes"}}, {{"param", "image_size"}});
  }

  void run(retort::Run& run) override {
    const retort::FileTree tree(path_);
    data_.write(tree, retort::vision::list_image_folders(tree, train_folder_, test_folder_, classes_), fit_.fit(), run);
  }
};

}  // namespace

RETORT_PLUGIN(ImageFolder, "dataset.image_folder")
