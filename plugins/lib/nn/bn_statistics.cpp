#include "nn/bn_statistics.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include "core/error.h"
#include "nn/bn_kernel.h"

namespace retort::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::MemoryFormat rows_of_channels(const at::Tensor& a) {
  return a.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

at::Tensor as_rows(const at::Tensor& a) { return a.contiguous(rows_of_channels(a)); }

/// [C] or [G,C] values, placed so that they broadcast over an activation seen as [G, N/G, C, …].
at::Tensor spread(const at::Tensor& values, const at::Tensor& grouped) {
  const auto rows = values.dim() == 1 ? values.unsqueeze(0) : values;
  std::vector<int64_t> shape(grouped.dim(), 1);
  shape[0] = rows.size(0), shape[2] = rows.size(1);
  return rows.view(shape);
}

at::Tensor grouped_view(const at::Tensor& a, int64_t groups) { return a.unflatten(0, {groups, a.size(0) / groups}); }

std::vector<int64_t> summed_dimensions(const at::Tensor& grouped) {
  std::vector<int64_t> dims{1};
  for (int64_t d = 3; d < grouped.dim(); ++d) dims.push_back(d);
  return dims;
}

double elements_per_value(const at::Tensor& a, int64_t groups) {
  return static_cast<double>(a.numel()) / static_cast<double>(groups * a.size(1));
}

/// mean + differentiable path to a: what the second derivative needs.
at::Tensor group_mean(const at::Tensor& grouped) { return grouped.mean(summed_dimensions(grouped), false); }

template <class T>
const T* pointer(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<T>() : nullptr;
}
template <class T>
T* writable(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.mutable_data_ptr<T>() : nullptr;
}

template <class T>
Statistics forward_rows(const at::Tensor& a, int64_t groups, const Activation& then, bool statistics) {
  Statistics result;
  const bool changes = then.scale.defined() || then.residual.defined() || then.relu;
  if (changes) result.output = at::empty_like(a);
  if (statistics) result.mean = at::empty({groups, a.size(1)}, a.options().memory_format(at::MemoryFormat::Contiguous));
  if (statistics) result.var = at::empty_like(result.mean);
  bn_forward(BnForward<T>{pointer<T>(a), pointer<T>(then.scale), pointer<T>(then.shift), pointer<T>(then.residual),
                          writable<T>(result.output), writable<T>(result.mean), writable<T>(result.var), groups,
                          a.numel() / (groups * a.size(1)), a.size(1), then.relu});
  if (!changes) result.output = a;
  return result;
}

Statistics forward_on_cpu(const at::Tensor& a, int64_t groups, const Activation& then, bool statistics) {
  return a.scalar_type() == at::kFloat ? forward_rows<float>(a, groups, then, statistics)
                                       : forward_rows<double>(a, groups, then, statistics);
}

/// What the backward needs of the forward, and the gradients that arrive (any may be undefined).
struct Backward {
  at::Tensor a, output, scale, shift, mean;
  at::Tensor grad_output, grad_mean, grad_var;
  int64_t groups;
  bool relu, wants_residual;
};

struct Gradients {
  at::Tensor a, residual;
};

template <class T>
Gradients backward_rows(const Backward& b) {
  const bool through_statistics = b.grad_mean.defined() || b.grad_var.defined();
  const double n = elements_per_value(b.a, b.groups);
  at::Tensor constant, slope;
  if (through_statistics) {
    constant = b.grad_mean.defined() ? (b.grad_mean / n).contiguous() : at::zeros_like(b.mean);
    slope = b.grad_var.defined() ? (b.grad_var * (2 / n)).contiguous() : at::zeros_like(b.mean);
  }
  const at::Tensor grad = b.grad_output.defined() ? as_rows(b.grad_output) : b.grad_output;
  Gradients result{at::empty_like(b.a), {}};
  if (b.wants_residual && b.relu) result.residual = at::empty_like(b.a);
  bn_backward(BnBackward<T>{pointer<T>(grad), pointer<T>(b.a), pointer<T>(b.output), pointer<T>(b.scale),
                            pointer<T>(b.shift), pointer<T>(b.mean), pointer<T>(constant), pointer<T>(slope),
                            writable<T>(result.a), writable<T>(result.residual), b.groups,
                            b.a.numel() / (b.groups * b.a.size(1)), b.a.size(1), b.relu});
  if (b.wants_residual && !b.relu) result.residual = b.grad_output;
  return result;
}

/// The same with operations that can be differentiated again.
Gradients backward_with_graph(const Backward& b) {
  Gradients result;
  if (b.grad_output.defined()) {
    at::Tensor open = b.grad_output;
    if (b.relu) {
      const at::Tensor value = b.output.defined()  ? b.output
                               : b.scale.defined() ? b.a * spread(b.scale, b.a.unsqueeze(0)).squeeze(0) +
                                                         spread(b.shift, b.a.unsqueeze(0)).squeeze(0)
                                                   : b.a;
      open = open * (value.detach() > 0);
    }
    if (b.wants_residual) result.residual = open;
    result.a = b.scale.defined() ? open * spread(b.scale, b.a.unsqueeze(0)).squeeze(0) : open;
  }
  const double n = elements_per_value(b.a, b.groups);
  const at::Tensor grouped = grouped_view(b.a, b.groups);
  const auto gain = [&](const at::Tensor& more) {
    const at::Tensor flat = more.expand_as(grouped).reshape(b.a.sizes());
    result.a = result.a.defined() ? result.a + flat : flat;
  };
  if (b.grad_mean.defined()) gain(spread(b.grad_mean / n, grouped));
  if (b.grad_var.defined()) {
    gain(spread(b.grad_var * (2 / n), grouped) * (grouped - spread(group_mean(grouped), grouped)));
  }
  return result;
}

class FrozenBatchNorm : public torch::autograd::Function<FrozenBatchNorm> {
 public:
  /// Returns {output} or {output, mean, var}.
  static variable_list forward(AutogradContext* ctx, const at::Tensor& a, const std::optional<at::Tensor>& added,
                               const std::optional<at::Tensor>& scaled, const std::optional<at::Tensor>& shifted,
                               int64_t groups, bool relu, bool statistics) {
    const at::Tensor residual = added.value_or(at::Tensor());
    const at::Tensor scale = scaled.value_or(at::Tensor()), shift = shifted.value_or(at::Tensor());
    const Statistics made = forward_on_cpu(a, groups, {scale, shift, residual, relu}, statistics);
    ctx->set_materialize_grads(false);
    ctx->saved_data["groups"] = groups;
    ctx->saved_data["relu"] = relu;
    ctx->saved_data["residual"] = residual.defined() && residual.requires_grad();
    const bool mask_from_output = relu && residual.defined();
    ctx->save_for_backward({a, mask_from_output ? made.output : at::Tensor(), scale, shift, made.mean});
    if (!statistics) return {made.output};
    return {made.output, made.mean, made.var};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    grads.resize(3);
    const Backward job{saved[0],
                       saved[1],
                       saved[2],
                       saved[3],
                       saved[4],
                       grads[0],
                       grads[1],
                       grads[2],
                       ctx->saved_data["groups"].toInt(),
                       ctx->saved_data["relu"].toBool(),
                       ctx->saved_data["residual"].toBool()};
    const Gradients made = at::GradMode::is_enabled()          ? backward_with_graph(job)
                           : job.a.scalar_type() == at::kFloat ? backward_rows<float>(job)
                                                               : backward_rows<double>(job);
    return {made.a, made.residual, {}, {}, {}, {}, {}};
  }
};

/// Any device, type and layout, by plain operations.
Statistics plain(const at::Tensor& a, int64_t groups, const Activation& then, bool statistics) {
  Statistics result;
  if (statistics) {
    const at::Tensor wide = a.element_size() < 4 ? a.to(at::kFloat) : a;
    const at::Tensor grouped = grouped_view(wide, groups);
    std::tie(result.var, result.mean) = at::var_mean(grouped, summed_dimensions(grouped), /*correction=*/0);
  }
  at::Tensor value = a;
  if (then.scale.defined()) {
    const at::Tensor like = a.unsqueeze(0);
    value = value * spread(then.scale, like).squeeze(0) + spread(then.shift, like).squeeze(0);
    value = value.to(a.scalar_type());
  }
  if (then.residual.defined()) value = value + then.residual;
  result.output = then.relu ? at::relu(value) : value;
  return result;
}

Statistics run(const at::Tensor& a, int64_t groups, const Activation& then, bool statistics) {
  RETORT_CHECK(groups > 0 && a.size(0) % groups == 0);
  RETORT_CHECK(a.dim() == 4 || a.dim() == 2);
  const at::ScalarType type = a.scalar_type();
  if (!a.is_cpu() || (type != at::kFloat && type != at::kDouble)) return plain(a, groups, then, statistics);
  const auto present = [](const at::Tensor& t) { return t.defined() ? std::optional(t) : std::nullopt; };
  const auto residual = present(then.residual.defined() ? as_rows(then.residual) : then.residual);
  const variable_list made = FrozenBatchNorm::apply(as_rows(a), residual, present(then.scale), present(then.shift),
                                                    groups, then.relu, statistics);
  return statistics ? Statistics{made[0], made[1], made[2]} : Statistics{made[0], {}, {}};
}

}  // namespace

Statistics bn_statistics(const at::Tensor& a, int64_t groups, const Activation& then) {
  return run(a, groups, then, true);
}

at::Tensor bn_activation(const at::Tensor& a, const Activation& then) { return run(a, 1, then, false).output; }

}  // namespace retort::nn
