// ResNet-18: torchvision's, with a stem for small images and any width.
#include "nn/resnet.h"

namespace retort::nn {
namespace {

class ResNet18 : public ResNet {
 public:
  ResNet18() : ResNet(Block::basic, {2, 2, 2, 2}) {}
  void declare(Declare& d) override {
    d.about("ResNet-18 (He et al., 2016), in torchvision's layout");
    declare_shared(d);
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::ResNet18, "resnet18")
