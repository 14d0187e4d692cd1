// ResNet-101: torchvision's, with a stem for small images and any width.
#include "nn/resnet.h"

namespace retort::nn {
namespace {

class ResNet101 : public ResNet {
 public:
  ResNet101() : ResNet(Block::bottleneck, {3, 4, 23, 3}) {}
  void declare(Declare& d) override {
    d.about("ResNet-101 (He et al., 2016), in torchvision's layout");
    declare_shared(d);
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::ResNet101, "resnet101")
