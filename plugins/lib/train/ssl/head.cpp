#include "train/ssl/head.h"

#include <ATen/ATen.h>

#include "vision/draw.h"

namespace retort::train::ssl {

std::vector<int64_t> widths(int64_t layers, int64_t hidden, int64_t out) {
  std::vector<int64_t> result(static_cast<size_t>(layers), hidden);
  result.back() = out;
  return result;
}

nn::PassOptions training(int64_t splits) {
  nn::PassOptions options;
  options.mode = nn::Mode::train;
  options.splits = splits;
  return options;
}

Head::Head(HeadShape shape, int64_t width, uint64_t seed, const at::Tensor& like) : shape_(std::move(shape)) {
  nn::PassOptions options;
  options.mode = nn::Mode::init;
  options.generator = vision::make_generator(seed);
  nn::Pass pass(weights, options);
  run(pass, at::zeros({2, width}));
  weights = weights.to(like.device(), like.scalar_type());
  weights.require_grad(true);
}

at::Tensor Head::operator()(const at::Tensor& x, int64_t splits) {
  nn::Pass pass(weights, training(splits));
  return run(pass, x);
}

at::Tensor Head::run(nn::Pass& pass, at::Tensor x) const {
  int index = 0;
  for (size_t layer = 0; layer + 1 < shape_.widths.size(); ++layer) {
    x = pass.linear(std::to_string(index++), x, shape_.widths[layer], !shape_.norm);
    if (shape_.norm) x = pass.batch_norm(std::to_string(index++), x);
    x = shape_.gelu ? at::gelu(x) : at::relu(x);
    ++index;
  }
  x = pass.linear(std::to_string(index++), x, shape_.widths.back(), shape_.last_bias && !shape_.last_norm);
  return shape_.last_norm ? pass.batch_norm(std::to_string(index), x, /*affine=*/false) : x;
}

}  // namespace retort::train::ssl
