#pragma once
// Vision transformer (arXiv 2010.11929) in timm's names, for images of any size: the plugins vit_tiny and vit_small are
// this class with other numbers. No BatchNorm: a student, or a teacher for methods that match none. Two dialects
// (SSL.md 2.1): DINO's learns its position embedding; MoCo v3's has fixed sines and cosines, and other initial weights.
#include "nn/network.h"

namespace retort::nn {

class RETORT_API Vit : public Network {
 public:
  /// The class tokens of the last `feature_blocks` blocks, each after the last normalisation, joined.
  at::Tensor features(Pass& pass, const at::Tensor& images) const override;
  at::Tensor logits(Pass& pass, const at::Tensor& features, int64_t classes) const override;
  std::string head_name() const override { return "head"; }

 protected:
  Vit(int64_t dim, int64_t heads) : dim_(dim), heads_(heads) {}
  void declare_shared(Declare& d);

 private:
  at::Tensor block(Pass& pass, int64_t index, const at::Tensor& tokens) const;
  at::Tensor kept(Pass& pass, int64_t index, const at::Tensor& branch) const;
  at::Tensor attention(Pass& pass, const std::string& name, const at::Tensor& tokens) const;
  at::Tensor positions(Pass& pass, int64_t rows, int64_t columns) const;
  at::Tensor linear(Pass& pass, const std::string& name, const at::Tensor& x, int64_t out, int64_t parts = 1) const;

  int64_t dim_, heads_, patch_ = 16, depth_ = 12, feature_blocks_ = 1;
  double drop_path_ = 0;
  std::string dialect_ = "dino";
};

}  // namespace retort::nn
