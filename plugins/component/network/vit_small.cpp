// ViT-Small: width 384, 6 heads.
#include "nn/vit.h"

namespace retort::nn {
namespace {

class VitSmall : public Vit {
 public:
  VitSmall() : Vit(384, 6) {}
  void declare(Declare& d) override {
    d.about("ViT-Small (arXiv 2010.11929), in timm's layout; without BatchNorm");
    declare_shared(d);
  }
};

}  // namespace
}  // namespace retort::nn

RETORT_PLUGIN(retort::nn::VitSmall, "vit_small")
