#include "nn/vit.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"

namespace retort::nn {
namespace {

constexpr double kEpsilon = 1e-6, kDeviation = 0.02;  // of every LayerNorm; of DINO's initial weights
constexpr int64_t kMlpRatio = 4;

/// Normal weights; the published truncation at ±2 never cuts at this deviation.
void normal(at::Tensor& weight, at::Generator& random) { weight.normal_(0, kDeviation, random); }

/// Xavier's bound for a matrix [out,in] that is `parts` matrices one above the other.
Start xavier(int64_t parts) {
  return [parts](at::Tensor& weight, at::Generator& random) {
    const double bound = std::sqrt(6.0 / static_cast<double>(weight.size(0) / parts + weight.size(1)));
    weight.uniform_(-bound, bound, random);
  };
}

/// [1,1+rows·columns,dim]: a zero for the class token, then sin and cos of the row, sin and cos of the column.
void sines(at::Tensor& embedding, int64_t rows, int64_t columns) {
  const int64_t quarter = embedding.size(2) / 4;
  const at::Tensor frequencies =
      at::pow(10000.0, -at::arange(quarter, at::kDouble) / static_cast<double>(quarter)).unsqueeze(0);
  const at::Tensor row = at::arange(rows, at::kDouble).repeat_interleave(columns).unsqueeze(1) * frequencies;
  const at::Tensor column = at::arange(columns, at::kDouble).repeat({rows}).unsqueeze(1) * frequencies;
  embedding.zero_();
  embedding.narrow(1, 1, rows * columns).copy_(at::cat({row.sin(), row.cos(), column.sin(), column.cos()}, 1));
}

}  // namespace

void Vit::declare_shared(Declare& d) {
  d.param("patch", patch_, "Side of the squares an image is cut into: 16 at 224 pixels, 4 at 32").at_least(1);
  d.param("depth", depth_, "Blocks").at_least(1);
  d.param("heads", heads_, "Heads of attention; MoCo v3's small one has 12").at_least(1);
  d.param("drop_path", drop_path_,
          "Probability that an image leaves out a branch of the last block in training, rising from 0 over the blocks; "
          "DINO's student: 0.1")
      .at_least(0)
      .less_than(1)
      .neutral(0.0);
  d.param("feature_blocks", feature_blocks_, "Last blocks whose class tokens are the features; DINO's linear probe: 4")
      .at_least(1)
      .neutral(1);
  d.param("dialect", dialect_, "dino: learnt positions; moco_v3: fixed ones, weights by Xavier's rule")
      .one_of({"dino", "moco_v3"});
}

at::Tensor Vit::linear(Pass& pass, const std::string& name, const at::Tensor& x, int64_t out, int64_t parts) const {
  return pass.linear(name, x, out, true, dialect_ == "dino" ? Start(normal) : xavier(parts));
}

at::Tensor Vit::features(Pass& pass, const at::Tensor& images) const {
  if (dim_ % heads_ != 0)
    throw Error(ErrorKind::user,
                "\"heads\" " + std::to_string(heads_) + " does not divide the width " + std::to_string(dim_));
  if (images.size(2) < patch_ || images.size(3) < patch_)
    throw Error(ErrorKind::user, "\"patch\" " + std::to_string(patch_) + " is larger than the images of " +
                                     std::to_string(images.size(3)) + " pixels; take one that divides them");
  if (feature_blocks_ > depth_)
    throw Error(ErrorKind::user, "\"feature_blocks\" " + std::to_string(feature_blocks_) + " is more than \"depth\" " +
                                     std::to_string(depth_) + "; take at most that");
  const bool dino = dialect_ == "dino";
  const double spread = dino ? kDeviation : 1e-6;
  const at::Tensor first = pass.parameter("cls_token", {1, 1, dim_},
                                          [&](at::Tensor& w, at::Generator& random) { w.normal_(0, spread, random); });
  const at::Tensor where = positions(pass, images.size(2) / patch_, images.size(3) / patch_);
  ConvShape shape{.out = dim_, .kernel = patch_, .stride = patch_, .padding = 0, .bias = true, .torch_default = true};
  if (!dino) shape.uniform = std::sqrt(6.0 / static_cast<double>(3 * patch_ * patch_ + dim_));
  const at::Tensor patches = pass.conv("patch_embed.proj", images, shape).flatten(2).transpose(1, 2);
  at::Tensor tokens = at::cat({first.expand({images.size(0), -1, -1}).to(patches.scalar_type()), patches}, 1) + where;
  std::vector<at::Tensor> features;
  for (int64_t i = 0; i < depth_; ++i) {
    tokens = block(pass, i, tokens);
    if (i >= depth_ - feature_blocks_) features.push_back(pass.token_norm("norm", tokens, kEpsilon).select(1, 0));
  }
  return features.size() == 1 ? features[0] : at::cat(features, 1);
}

at::Tensor Vit::logits(Pass& pass, const at::Tensor& features, int64_t classes) const {
  return linear(pass, head_name(), features, classes);
}

/// The learnt grid belongs to the image size it was made for; for another one it is resized as DINO does.
at::Tensor Vit::positions(Pass& pass, int64_t rows, int64_t columns) const {
  const bool dino = dialect_ == "dino";
  const at::Tensor made = pass.parameter(
      "pos_embed", {1, 1 + rows * columns, dim_},
      [&](at::Tensor& w, at::Generator& random) { dino ? normal(w, random) : sines(w, rows, columns); }, !dino);
  if (made.size(1) == 1 + rows * columns) return made;
  const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(made.size(1) - 1))));
  const auto scale = [side](int64_t target) { return (static_cast<double>(target) + 0.1) / static_cast<double>(side); };
  const at::Tensor grid = made.narrow(1, 1, side * side).view({1, side, side, dim_}).permute({0, 3, 1, 2});
  const at::Tensor resized = at::upsample_bicubic2d(grid, {rows, columns}, false, scale(rows), scale(columns));
  return at::cat({made.narrow(1, 0, 1), resized.permute({0, 2, 3, 1}).reshape({1, rows * columns, dim_})}, 1);
}

at::Tensor Vit::attention(Pass& pass, const std::string& name, const at::Tensor& tokens) const {
  const int64_t images = tokens.size(0), count = tokens.size(1), width = dim_ / heads_;
  const at::Tensor all =
      linear(pass, name + ".qkv", tokens, 3 * dim_, 3).view({images, count, 3, heads_, width}).permute({2, 0, 3, 1, 4});
  const at::Tensor weights =
      at::softmax(all[0].matmul(all[1].transpose(2, 3)) / std::sqrt(static_cast<double>(width)), 3);
  return linear(pass, name + ".proj", weights.matmul(all[2]).transpose(1, 2).reshape({images, count, dim_}), dim_);
}

/// Stochastic depth (arXiv 1603.09382): the branch is left out for some images, and made up for in the others.
at::Tensor Vit::kept(Pass& pass, int64_t index, const at::Tensor& branch) const {
  auto random = pass.options().generator;
  const double rate = depth_ > 1 ? drop_path_ * static_cast<double>(index) / static_cast<double>(depth_ - 1) : 0;
  if (rate == 0 || pass.mode() != Mode::train || !random.defined()) return branch;
  const at::Tensor stays = at::rand({branch.size(0)}, random, at::kFloat).ge(rate);
  return branch * (stays / (1 - rate)).to(branch.device(), branch.scalar_type()).view({-1, 1, 1});
}

at::Tensor Vit::block(Pass& pass, int64_t index, const at::Tensor& tokens) const {
  const std::string name = "blocks." + std::to_string(index);
  const at::Tensor seen =
      tokens + kept(pass, index, attention(pass, name + ".attn", pass.token_norm(name + ".norm1", tokens, kEpsilon)));
  const at::Tensor hidden =
      at::gelu(linear(pass, name + ".mlp.fc1", pass.token_norm(name + ".norm2", seen, kEpsilon), kMlpRatio * dim_));
  return seen + kept(pass, index, linear(pass, name + ".mlp.fc2", hidden, dim_));
}

}  // namespace retort::nn
