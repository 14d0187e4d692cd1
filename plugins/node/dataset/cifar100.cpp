// CIFAR-100, from the files of its binary version.
#include <sdk/node.h>

#include "core/error.h"
#include "vision/cifar_binary.h"
#include "vision/dataset_outputs.h"

namespace {

namespace vision = retort::vision;

class Cifar100 final : public retort::Node {
  std::string path_ = "cifar-100-binary";
  std::string labels_ = "fine";
  std::optional<int64_t> classes_;
  std::string normalization_ = "cifar-A";
  vision::Cuts cuts_;
  vision::DatasetOutputs outputs_;

 public:
  void declare(retort::Declare& d) override {
    d.about("CIFAR-100: 100 classes of 500 training and 100 test images of 32 x 32 pixels");
    d.source();
    d.param("path", path_, "Folder with the files of the binary version")
        .path({"train.bin", "test.bin", "fine_label_names.txt", "coarse_label_names.txt"});
    d.param("labels", labels_, "The 100 fine classes or the 20 coarse ones").one_of({"fine", "coarse"});
    d.param("classes", classes_, "Only the first classes by label, so many; by default all").between(1, 100);
    d.param("normalization", normalization_, "Constants that networks trained on it take over")
        .one_of(retort::Normalization::names());
    cuts_.declare(d);
    outputs_.declare(d, {{"param", "classes"}}, 32);
  }

  void run(retort::Run&) override {
    const bool fine = labels_ == "fine";
    vision::CifarLayout layout;
    layout.train_files = {"train.bin"};
    layout.test_files = {"test.bin"};
    layout.names_file = labels_ + "_label_names.txt";
    layout.label_bytes = 2;
    layout.label_at = fine ? 1 : 0;
    layout.classes = fine ? 100 : 20;
    layout.train_per_class = fine ? 500 : 2500;
    layout.test_per_class = fine ? 100 : 500;
    const int64_t classes = classes_.value_or(layout.classes);
    if (classes > layout.classes)
      throw retort::Error(retort::ErrorKind::user, "\"classes\" " + std::to_string(classes) + " is more than the " +
                                                       std::to_string(layout.classes) + " " + labels_ +
                                                       " classes there are");
    auto train = vision::read_cifar(path_, layout, true), test = vision::read_cifar(path_, layout, false);
    train.normalization = test.normalization = retort::Normalization::named(normalization_);
    outputs_.write(vision::cut(train, classes, cuts_, path_), vision::cut(test, classes, {}, path_).train);
  }
};

}  // namespace

RETORT_PLUGIN(Cifar100, "dataset.cifar100")
