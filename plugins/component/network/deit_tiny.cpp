// DeiT-Tiny (arXiv 2012.12877), without the distillation token: the network that tables of dataset distillation mean.
#include "nn/vit.h"

namespace retort::nn {
namespace {

class DeitTiny : public Vit {
 public:
  DeitTiny() : Vit(192, 3) {}
  void declare(Declare& d) override {
    d.about("DeiT-Tiny (Touvron et al., 2021), in the layout of timm's deit_tiny_patch16_224; without BatchNorm");
    declare_shared(d);
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::DeitTiny, "deit_tiny")
