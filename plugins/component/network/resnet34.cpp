// ResNet-34: torchvision's, with a stem for small images and any width.
#include "nn/resnet.h"

namespace retort::nn {
namespace {

class ResNet34 : public ResNet {
 public:
  ResNet34() : ResNet(Block::basic, {3, 4, 6, 3}) {}
  void declare(Declare& d) override {
    d.about("ResNet-34 (He et al., 2016), in torchvision's layout");
    declare_shared(d);
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::ResNet34, "resnet34")
