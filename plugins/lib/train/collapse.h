#pragma once
// Whether a self-supervised run still tells images apart (SSL.md 5), from the embeddings of one batch.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "train/ssl_method.h"

namespace retort::train {

/// Rows of what was watched in a step, by view: [B,D] each; empty if nothing was.
std::vector<at::Tensor> by_view(const std::vector<at::Tensor>& passes, int64_t batch);

struct Health {
  double std = 0;     ///< mean over dimensions of the deviation of normalised rows
  double spread = 0;  ///< that in units of 1/√D: about 1 for rows in all directions, 0 for equal rows
  double rank = 0;    ///< RankMe of the rows (spectrum.h)
  int64_t rows = 0, width = 0;
  std::optional<double> alignment;        ///< mean squared distance of two views of an image, normalised
  std::optional<double> positive_cosine;  ///< of two views of an image
  double uniformity = 0;                  ///< ln of the mean over pairs of images of exp(-2 d²)
  double negative_cosine = 0;             ///< mean over pairs of images
};

/// Of one view, or of two. Read on the CPU in float64: a few hundred rows, between steps.
Health health_of(const std::vector<at::Tensor>& views);

/// As curves: embedding_std, embedding_spread, embedding_rank, uniformity, …
std::map<std::string, double> metrics_of(const Health& health);

/// What is wrong, in words for people; empty if nothing is. `monitors`: the method's own, of which marginal_entropy
/// counts.
std::string collapse_in(const Health& health, const std::map<std::string, double>& monitors);

/// What looks wrong and is no collapse, by a name for each kind: text for people. `epoch` counts from 1; `knn` holds
/// the accuracies of nearest neighbours so far, in percent.
std::map<std::string, std::string> doubts_about(const std::map<std::string, double>& monitors, int64_t epoch,
                                                const std::vector<std::pair<int64_t, double>>& knn);

}  // namespace retort::train
