// ViT-Tiny: width 192, 3 heads.
#include "nn/vit.h"

namespace retort::nn {
namespace {

class VitTiny : public Vit {
 public:
  VitTiny() : Vit(192, 3) {}
  void declare(Declare& d) override {
    d.about("ViT-Tiny (arXiv 2010.11929), in timm's layout; without BatchNorm");
    declare_shared(d);
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::VitTiny, "vit_tiny")
