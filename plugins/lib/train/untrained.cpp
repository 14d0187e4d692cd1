#include "train/untrained.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "train/accuracy.h"
#include "train/knn.h"
#include "train/tenth.h"

namespace retort::train {
namespace {

constexpr int64_t kMostBank = 2000, kMostQueries = 500, kFewest = 200;
constexpr double kErrors = 2;   // standard errors that two looks may differ by chance
constexpr double kShare = 0.1;  // of the images an epoch, that may be looked at for each epoch of training

/// `count` of the indices, evenly spread.
at::Tensor spread(const at::Tensor& indices, int64_t count) {
  if (count >= indices.size(0)) return indices;
  return indices.index_select(0, (at::arange(count, at::kLong) * indices.size(0)).div(count, "floor"));
}

}  // namespace

UntrainedNeighbours::UntrainedNeighbours(const vision::DataSet& data, const vision::DataSet* held, int64_t epochs) {
  const auto allowed =
      std::max<int64_t>(kFewest, static_cast<int64_t>(kShare * static_cast<double>(epochs * data.size())));
  const int64_t queries = std::min(kMostQueries, allowed / 5), bank = std::min(kMostBank, allowed - queries);
  const Tenth tenth = tenth_of_each_class(data.labels());
  const vision::DataSet& asked = held ? *held : data;
  const auto all = held ? at::arange(held->size(), at::kLong) : tenth.apart;
  bank_ = data.at(spread(held ? at::arange(data.size(), at::kLong) : tenth.kept, bank));
  queries_ = asked.at(spread(all, queries));
}

double UntrainedNeighbours::look(const nn::Model& model) const {
  const auto classes = static_cast<int64_t>(bank_.classes.size());
  const auto known = answers(model, bank_, 500, true).features, asked = answers(model, queries_, 500, true).features;
  return accuracy(knn_scores(asked, known, bank_.labels.cpu(), classes, 20, 0.07), queries_.labels.cpu());
}

std::string UntrainedNeighbours::doubt(double untrained, double trained) const {
  const double share = untrained / 100;
  const double error = 100 * std::sqrt(share * (1 - share) / static_cast<double>(queries_.size()));
  if (trained >= untrained - kErrors * error) return "";
  char text[256];
  std::snprintf(text, sizeof text,
                "training made the encoder worse: %.1f %% of %lld held-out images are right by their nearest "
                "neighbours, %.1f %% before the first step",
                trained, static_cast<long long>(queries_.size()), untrained);
  return text;
}

}  // namespace retort::train
