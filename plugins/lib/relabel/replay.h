#pragma once
// Soft labels kept for views that were made once (FKD; METHODS.md 1.8): one file an epoch with the order of the images,
// the draws of each view, and the teachers' logits in half precision. Whoever trains on them takes batches and views
// from here.
#include <ATen/ATen.h>

#include <map>
#include <string>
#include <vector>

#include "relabel/views.h"
#include "sdk/artifact.h"

namespace retort::relabel {

/// One batch of an epoch.
struct ReplayStep {
  at::Tensor indices;  ///< int64 [B]: which images
  Draws draws;
  at::Tensor logits;  ///< [B,K]
};

/// Writes an epoch: columns of all its images in order, and of all its steps.
void write_epoch(Output& output, int64_t epoch, const std::vector<ReplayStep>& steps);

/// What the meta of such labels says beside the form.
struct ReplayFacts {
  int64_t epochs = 0, batch = 0, count = 0, size = 0;
  vision::Recipe recipe;
  std::string mixing = "none";
  int64_t teachers = 1;

  Json json() const;
  static ReplayFacts from_json(const Json& json);
};

/// Labels of form "replay", read an epoch at a time.
class Replay {
 public:
  explicit Replay(const Artifact& labels);

  const ReplayFacts& facts() const { return facts_; }
  int64_t steps() const { return (facts_.count + facts_.batch - 1) / facts_.batch; }

  ReplayStep step(int64_t epoch, int64_t step);

 private:
  const Artifact& labels_;
  ReplayFacts facts_;
  int64_t epoch_ = -1;
  std::map<std::string, at::Tensor> columns_;
};

}  // namespace retort::relabel
