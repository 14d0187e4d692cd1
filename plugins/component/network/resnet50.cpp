// ResNet-50: torchvision's, with a stem for small images and any width.
#include "nn/resnet.h"

namespace retort::nn {
namespace {

class ResNet50 : public ResNet {
 public:
  ResNet50() : ResNet(Block::bottleneck, {3, 4, 6, 3}) {}
  void declare(Declare& d) override {
    d.about("ResNet-50 (He et al., 2016), in torchvision's layout");
    declare_shared(d);
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::ResNet50, "resnet50")
