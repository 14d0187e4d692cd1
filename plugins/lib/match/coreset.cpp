#include "match/coreset.h"

#include <ATen/ATen.h>

#include <limits>

namespace retort::match {
namespace {

at::Tensor in_double(const at::Tensor& features) { return features.to(at::kCPU, at::kDouble).flatten(1); }

}  // namespace

std::vector<int64_t> herding(const at::Tensor& features, int64_t count) {
  const auto all = in_double(features);
  const auto mean = all.mean(0);
  auto sum = at::zeros_like(mean);
  auto taken = at::zeros({all.size(0)}, all.options());
  std::vector<int64_t> chosen;
  for (int64_t k = 1; k <= count; ++k) {
    const auto gap = (mean - (all + sum) / static_cast<double>(k)).square().sum(1) + taken;
    chosen.push_back(gap.argmin().item<int64_t>());
    taken[chosen.back()] = std::numeric_limits<double>::infinity();
    sum = sum + all[chosen.back()];
  }
  return chosen;
}

std::vector<int64_t> k_center(const at::Tensor& features, int64_t count, int64_t first) {
  const auto all = in_double(features);
  auto distance_to = [&](const at::Tensor& point) { return (all - point).square().sum(1); };
  if (first < 0) first = distance_to(all.mean(0)).argmin().item<int64_t>();
  std::vector<int64_t> chosen;
  auto nearest = at::full({all.size(0)}, std::numeric_limits<double>::infinity(), all.options());
  for (int64_t next = first; static_cast<int64_t>(chosen.size()) < count; next = nearest.argmax().item<int64_t>()) {
    chosen.push_back(next);
    nearest = at::minimum(nearest, distance_to(all[next]));
    nearest[next] = -1;  // an image equal to a chosen one may still be taken, a chosen one never
  }
  return chosen;
}

std::vector<int64_t> most_forgotten(const at::Tensor& events, const at::Tensor& never_learned, int64_t count) {
  auto score = events.to(at::kCPU, at::kLong);
  if (never_learned.defined()) score = score.masked_fill(never_learned.cpu(), std::numeric_limits<int64_t>::max());
  const auto [sorted, order] = score.sort(/*stable=*/true, 0, /*descending=*/true);
  std::vector<int64_t> chosen;
  for (int64_t k = 0; k < count; ++k) chosen.push_back(order[k].item<int64_t>());
  return chosen;
}

ForgettingCounts::ForgettingCounts(int64_t images)
    : events_(at::zeros({images}, at::kLong)),
      right_(at::zeros({images}, at::kBool)),
      learned_(at::zeros({images}, at::kBool)) {}

void ForgettingCounts::see(const at::Tensor& indices, const at::Tensor& correct) {
  const auto at_index = indices.cpu();
  const auto now = correct.to(at::kCPU, at::kBool);
  const auto before = right_.index_select(0, at_index);
  events_.index_add_(0, at_index, before.logical_and(now.logical_not()).to(at::kLong));
  right_.index_copy_(0, at_index, now);
  learned_.index_copy_(0, at_index, learned_.index_select(0, at_index).logical_or(now));
}

at::Tensor ForgettingCounts::never_learned() const { return learned_.logical_not(); }

}  // namespace retort::match
