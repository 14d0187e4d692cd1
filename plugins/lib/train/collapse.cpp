#include "train/collapse.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <cstdio>

#include "train/spectrum.h"
#include "train/ssl/embedding.h"

namespace retort::train {
namespace {

constexpr double kLeastSpread = 0.1, kLeastRankShare = 0.1, kLeastRank = 10, kLeastMarginal = 0.05;
constexpr double kMostFound = 0.99, kMostConditional = 0.995, kMostDead = 0.5, kMostFall = 5;
constexpr int64_t kFirstEpochs = 5;

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

at::Tensor unit_rows(const at::Tensor& rows) { return ssl::normalise(rows.to(at::kCPU, at::kDouble)); }

}  // namespace

std::vector<at::Tensor> by_view(const std::vector<at::Tensor>& passes, int64_t batch) {
  std::vector<at::Tensor> views;
  for (const at::Tensor& pass : passes)
    for (int64_t row = 0; row + batch <= pass.size(0); row += batch) views.push_back(pass.narrow(0, row, batch));
  return views;
}

Health health_of(const std::vector<at::Tensor>& views) {
  const at::NoGradGuard no_grad;
  const at::Tensor a = unit_rows(views.at(0));
  Health health;
  health.rows = a.size(0), health.width = a.size(1);
  health.std = ssl::spread(a).item<double>();
  health.spread = health.std * std::sqrt(static_cast<double>(health.width));
  health.rank = effective_rank(views.at(0));
  const at::Tensor cosines = a.matmul(a.t());
  const double pairs = static_cast<double>(health.rows) * static_cast<double>(health.rows - 1);
  const auto off_diagonal = [&](const at::Tensor& square) { return (square.sum() - square.trace()).item<double>(); };
  health.negative_cosine = off_diagonal(cosines) / pairs;
  health.uniformity = std::log(off_diagonal((-4 * (1 - cosines)).exp()) / pairs);  // d² = 2 (1 - cos)
  if (views.size() > 1 && views[1].sizes() == views[0].sizes()) {
    health.positive_cosine = (a * unit_rows(views[1])).sum(1).mean().item<double>();
    health.alignment = 2 * (1 - *health.positive_cosine);
  }
  return health;
}

std::map<std::string, double> metrics_of(const Health& health) {
  std::map<std::string, double> metrics{{"embedding_std", health.std},
                                        {"embedding_spread", health.spread},
                                        {"embedding_rank", health.rank},
                                        {"uniformity", health.uniformity},
                                        {"negative_cosine", health.negative_cosine}};
  if (health.alignment) metrics["alignment"] = *health.alignment;
  if (health.positive_cosine) metrics["positive_cosine"] = *health.positive_cosine;
  return metrics;
}

std::string collapse_in(const Health& health, const std::map<std::string, double>& monitors) {
  if (health.spread < kLeastSpread)
    return "the run has collapsed: embeddings of different images are almost the same (embedding_spread " +
           short_number(health.spread) + "; healthy runs have about 1, below 0.1 nothing tells images apart)";
  const double full = static_cast<double>(std::min(health.rows, health.width));
  if (health.rank < std::min(kLeastRank, kLeastRankShare * full))
    return "the run has collapsed to few dimensions: the embeddings use " + short_number(health.rank) + " of " +
           short_number(full) + " (embedding_rank; healthy runs use a fifth or more)";
  if (const auto marginal = monitors.find("marginal_entropy");
      marginal != monitors.end() && marginal->second < kLeastMarginal)
    return "the run has collapsed: nearly all images are assigned to one cluster (marginal_entropy " +
           short_number(marginal->second) + "; healthy runs stay near 1)";
  return "";
}

std::map<std::string, std::string> doubts_about(const std::map<std::string, double>& monitors, int64_t epoch,
                                                const std::vector<std::pair<int64_t, double>>& knn) {
  std::map<std::string, std::string> doubts;
  const auto above = [&](const char* name, double limit) {
    const auto found = monitors.find(name);
    return found != monitors.end() && found->second > limit ? std::optional(found->second) : std::nullopt;
  };
  if (const auto share = above("contrast_accuracy", kMostFound); share && epoch <= kFirstEpochs)
    doubts["leak"] = short_number(100 * *share) + " % of the queries find their key after " + std::to_string(epoch) +
                     (epoch == 1 ? " epoch" : " epochs") +
                     " (contrast_accuracy): BatchNorm may give it away; more \"splits\" of moco_v2 hide it";
  if (const auto entropy = above("conditional_entropy", kMostConditional))
    doubts["uniform"] = "assignments say nothing: each image is spread over all clusters (conditional_entropy " +
                        short_number(*entropy) +
                        "; healthy runs are clearly below 1). First to try: a lower \"epsilon\" of swav, "
                        "\"teacher_temperature\" of dino";
  if (const auto share = above("dead_prototypes", kMostDead))
    doubts["dead"] = short_number(100 * *share) +
                     " % of the prototypes that a batch could use are no image's (dead_prototypes): fewer "
                     "\"prototypes\" would do";
  if (knn.size() > 1 && knn[knn.size() - 2].second - knn.back().second > kMostFall)
    doubts["fall"] = "knn_accuracy fell from " + short_number(knn[knn.size() - 2].second) + " to " +
                     short_number(knn.back().second) + " between epochs " + std::to_string(knn[knn.size() - 2].first) +
                     " and " + std::to_string(knn.back().first);
  return doubts;
}

}  // namespace retort::train
