// CIFAR-10, from the files of its binary version.
#include <sdk/node.h>

#include "vision/cifar_binary.h"
#include "vision/dataset_outputs.h"

namespace {

namespace vision = retort::vision;

class Cifar10 final : public retort::Node {
  std::string path_ = "cifar-10-batches-bin";
  int64_t classes_ = 10;
  std::string normalization_ = "cifar-A";
  vision::Cuts cuts_;
  vision::DatasetOutputs outputs_;

 public:
  void declare(retort::Declare& d) override {
    d.about("CIFAR-10: 10 classes of 5,000 training and 1,000 test images of 32 x 32 pixels");
    d.source();
    d.param("path", path_, "Folder with the files of the binary version")
        .path({"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
               "test_batch.bin", "batches.meta.txt"});
    d.param("classes", classes_, "Only the first classes by label, so many").between(1, 10);
    d.param("normalization", normalization_, "Constants that networks trained on it take over")
        .one_of(retort::Normalization::names());
    cuts_.declare(d);
    outputs_.declare(d, {{"param", "classes"}}, 32);
  }

  void run(retort::Run&) override {
    vision::CifarLayout layout;
    for (int i = 1; i <= 5; ++i) layout.train_files.push_back("data_batch_" + std::to_string(i) + ".bin");
    layout.test_files = {"test_batch.bin"};
    layout.names_file = "batches.meta.txt";
    auto train = vision::read_cifar(path_, layout, true), test = vision::read_cifar(path_, layout, false);
    train.normalization = test.normalization = retort::Normalization::named(normalization_);
    outputs_.write(vision::cut(train, classes_, cuts_, path_), vision::cut(test, classes_, {}, path_).train);
  }
};

}  // namespace

RETORT_PLUGIN(Cifar10, "dataset.cifar10")
