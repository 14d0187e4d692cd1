#include "nn/pass.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "nn/bn_statistics.h"
#include "nn/freeze.h"

namespace retort::nn {
namespace {

int64_t padding_of(const ConvShape& shape) { return shape.padding < 0 ? shape.kernel / 2 : shape.padding; }

/// As torch.nn.functional.batch_norm does (_verify_batch_size): the variance of one value is no number, and its
/// normalised value says nothing.
void check_batch(const std::string& name, const at::Tensor& x) {
  if (x.numel() != x.size(1)) return;
  throw Error(ErrorKind::user,
              "\"" + name + "\": expected more than 1 value per channel when training, got input size " +
                  c10::str(x.sizes()) + "; choose a \"batch\" that leaves no rest of one image, larger images, or a " +
                  "network that shrinks them less (\"stem\": \"small\")");
}

/// The same of the values that group and layer norms take together, in every mode.
void check_group(const std::string& name, const at::Tensor& x, int64_t values) {
  if (values > 1) return;
  throw Error(ErrorKind::user, "\"" + name + "\": expected more than 1 value to normalise together, got input size " +
                                   c10::str(x.sizes()) +
                                   ": its output would be the same for every image; choose larger images or a network "
                                   "that shrinks them less (a smaller \"depth\")");
}

/// oneDNN's strided convolution with 1×1 kernels writes beyond its buffers in the backward pass where the channels are no
/// whole vector (libtorch 2.13, channels-last memory: 4 or 8 channels of 64 pixels end the process; plain PyTorch too).
/// Every stride-th pixel, convolved without a stride, is the same.
bool crashes(const at::Tensor& x, const ConvShape& shape) {
  constexpr int64_t kVector = 16;
  return shape.kernel == 1 && shape.stride > 1 && padding_of(shape) == 0 && x.is_cpu() && x.size(1) % kVector != 0;
}

}  // namespace

Pass::Pass(Weights& weights, PassOptions options)
    : weights_(weights), making_(options.mode == Mode::init ? &weights : nullptr), options_(std::move(options)) {}

Pass::Pass(const Weights& weights, PassOptions options) : weights_(weights), options_(std::move(options)) {
  RETORT_CHECK(options_.mode != Mode::init);
}

at::Tensor Pass::maybe(const std::string& name) const {
  return weights_.contains(name) ? weights_.at(name) : at::Tensor();
}

at::Tensor Pass::conv(const std::string& name, const at::Tensor& x, const ConvShape& shape) {
  if (making_) return made_conv(name, x, shape);
  if (crashes(x, shape)) {
    ConvShape plain = shape;
    plain.stride = 1;
    return conv(name, x.slice(2, 0, std::nullopt, shape.stride).slice(3, 0, std::nullopt, shape.stride), plain);
  }
  const int64_t padding = padding_of(shape);
  const int64_t stride[] = {shape.stride, shape.stride}, pad[] = {padding, padding}, dilation[] = {1, 1};
  const at::Tensor bias = shape.bias ? weights_.at(name + ".bias") : at::Tensor();
  return at::conv2d(x, weights_.at(name + ".weight"), bias, stride, pad, dilation, shape.groups);
}

at::Tensor Pass::linear(const std::string& name, const at::Tensor& x, int64_t out, bool bias, const Start& start) {
  if (making_) return made_linear(name, x, out, bias, start);
  return at::linear(x, weights_.at(name + ".weight"), bias ? weights_.at(name + ".bias") : at::Tensor());
}

at::Tensor Pass::group_norm(const std::string& name, const at::Tensor& x, int64_t groups) {
  if (making_) {
    make(name + ".weight", {x.size(1)}, [](at::Tensor& weight) { weight.fill_(1); });
    make(name + ".bias", {x.size(1)}, [](at::Tensor& bias) { bias.zero_(); });
    return x;
  }
  check_group(name, x, x.numel() / (x.size(0) * groups));
  return at::group_norm(x, groups, weights_.at(name + ".weight"), weights_.at(name + ".bias"), 1e-5);
}

at::Tensor Pass::layer_norm(const std::string& name, const at::Tensor& x) {
  const at::IntArrayRef shape = x.sizes().slice(1);
  if (making_) {
    make(name + ".weight", shape, [](at::Tensor& weight) { weight.fill_(1); });
    make(name + ".bias", shape, [](at::Tensor& bias) { bias.zero_(); });
    return x;
  }
  check_group(name, x, c10::multiply_integers(shape));
  return at::layer_norm(x, shape, weights_.at(name + ".weight"), weights_.at(name + ".bias"), 1e-5);
}

at::Tensor Pass::token_norm(const std::string& name, const at::Tensor& x, double epsilon) {
  const int64_t width = x.size(-1);
  if (making_) {
    make(name + ".weight", {width}, [](at::Tensor& weight) { weight.fill_(1); });
    make(name + ".bias", {width}, [](at::Tensor& bias) { bias.zero_(); });
    return x;
  }
  return at::layer_norm(x, width, weights_.at(name + ".weight"), weights_.at(name + ".bias"), epsilon);
}

at::Tensor Pass::parameter(const std::string& name, at::IntArrayRef shape, const Start& start, bool fixed) {
  if (making_) make(name, shape, [&](at::Tensor& weight) { start(weight, options_.generator); }, fixed);
  return weights_.at(name);
}

at::Tensor Pass::batch_norm(const std::string& name, const at::Tensor& x, bool affine) {
  if (making_) {
    make_batch_norm(name, x.size(1), affine, 1);
    return x;
  }
  return normalise(name, x, false, {});
}

at::Tensor Pass::conv_bn(const std::string& conv_name, const std::string& bn, const at::Tensor& x,
                         const ConvShape& shape, bool relu, const at::Tensor& residual) {
  const at::Tensor z = conv(conv_name, x, shape);
  if (making_) {
    make_batch_norm(bn, shape.out, true, shape.bn_weight);
    return z;
  }
  return normalise(bn, z, relu, residual);
}

void Pass::add_tap(const std::string& name, const at::Tensor& mean, const at::Tensor& var) {
  batch_norms.push_back({name, mean, var, weights_.at(name + ".running_mean"), weights_.at(name + ".running_var")});
}

at::Tensor Pass::normalise(const std::string& name, const at::Tensor& x, bool relu, const at::Tensor& residual) {
  if (options_.mode == Mode::frozen) return normalise_frozen(name, x, relu, residual);
  at::Tensor seen = x;
  if (options_.tap_batch_norm) {
    const Statistics tapped = bn_statistics(x, options_.groups);
    add_tap(name, tapped.mean, tapped.var);
    seen = tapped.output;
  }
  at::Tensor y;
  if (options_.mode == Mode::train) {
    y = normalise_train(name, seen);
  } else {
    y = at::batch_norm(seen, maybe(name + ".weight"), maybe(name + ".bias"), weights_.at(name + ".running_mean"),
                       weights_.at(name + ".running_var"), false, kBatchNormMomentum, kBatchNormEpsilon, true);
  }
  if (residual.defined()) y = y + residual;
  return relu ? at::relu_(y) : y;
}

at::Tensor Pass::normalise_frozen(const std::string& name, const at::Tensor& x, bool relu, const at::Tensor& residual) {
  const Activation then{weights_.at(name + ".scale"), weights_.at(name + ".shift"), residual, relu};
  if (!options_.tap_batch_norm) return bn_activation(x, then);
  const Statistics tapped = bn_statistics(x, options_.groups, then);
  add_tap(name, tapped.mean, tapped.var);
  return tapped.output;
}

at::Tensor Pass::normalise_train(const std::string& name, const at::Tensor& x) {
  const at::Tensor weight = maybe(name + ".weight"), bias = maybe(name + ".bias");
  const bool moves = options_.update_running;
  at::Tensor mean, var;
  if (moves) {
    mean = weights_.at(name + ".running_mean"), var = weights_.at(name + ".running_var");
    if (at::Tensor count = maybe(name + ".num_batches_tracked"); count.defined()) count.add_(1);
  }
  const auto normalised = [&](const at::Tensor& part, const at::Tensor& m, const at::Tensor& v) {
    check_batch(name, part);
    return at::batch_norm(part, weight, bias, m, v, true, kBatchNormMomentum, kBatchNormEpsilon, true);
  };
  if (options_.splits == 1) return normalised(x, mean, var);

  if (x.size(0) % options_.splits != 0)
    throw Error(ErrorKind::user, "\"" + name + "\": a batch of " + std::to_string(x.size(0)) +
                                     " images cannot be split into " + std::to_string(options_.splits) +
                                     " parts of equal size; choose a \"batch\" of which no such rest is left");
  std::vector<at::Tensor> parts, means, vars;
  for (const at::Tensor& part : x.chunk(options_.splits)) {
    if (moves) means.push_back(mean.clone()), vars.push_back(var.clone());
    parts.push_back(moves ? normalised(part, means.back(), vars.back()) : normalised(part, {}, {}));
  }
  if (moves) {
    at::Tensor kept_mean = mean, kept_var = var;
    kept_mean.copy_(at::stack(means).mean(0)), kept_var.copy_(at::stack(vars).mean(0));
  }
  return at::cat(parts);
}

}  // namespace retort::nn
