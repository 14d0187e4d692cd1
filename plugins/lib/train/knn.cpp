#include "train/knn.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

namespace retort::train {
namespace {

constexpr int64_t kChunk = 500;

at::Tensor normalised(const at::Tensor& rows) { return rows / rows.norm(2, {1}, true).clamp_min(1e-12); }

}  // namespace

at::Tensor knn_scores(const at::Tensor& queries, const at::Tensor& bank, const at::Tensor& bank_labels, int64_t classes,
                      int64_t k, double temperature) {
  const at::NoGradGuard no_grad;
  const auto q = normalised(queries.to(at::kFloat)), columns = normalised(bank.to(at::kFloat)).t();
  auto scores = at::zeros({q.size(0), classes}, q.options());
  for (int64_t start = 0; start < q.size(0); start += kChunk) {
    const auto part = q.narrow(0, start, std::min(kChunk, q.size(0) - start));
    const auto [similarity, neighbour] = at::topk(at::mm(part, columns), std::min(k, bank.size(0)), 1);
    const auto voted = bank_labels.index_select(0, neighbour.view(-1)).view_as(neighbour);
    scores.narrow(0, start, part.size(0)).scatter_add_(1, voted, at::exp(similarity / temperature));
  }
  return scores;
}

}  // namespace retort::train
