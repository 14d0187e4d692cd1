#pragma once
// Whether self-supervision gave the encoder anything: nearest neighbours on its features, held against those of the
// same network before its first step. A run can look healthy in every curve and learn what no class needs.
#include "nn/model.h"
#include "vision/data_set.h"

namespace retort::train {

/// Asks at most 500 held-out images about at most 2,000 of the training images, fewer for short trainings (never fewer
/// than 200 in all), so that both looks together cost a few hundredths of the training at most.
class UntrainedNeighbours {
 public:
  /// `held`: images to ask about; null: a tenth of each class of `data`. `epochs`: of the training.
  UntrainedNeighbours(const vision::DataSet& data, const vision::DataSet* held, int64_t epochs);

  /// Percent right of the 20 nearest neighbours (temperature 0.07, ImageNet's protocol).
  double look(const nn::Model& model) const;

  /// What the two looks say, in words; empty if the encoder is not worse by more than two standard errors. In percent.
  std::string doubt(double untrained, double trained) const;

 private:
  LabelledImages bank_, queries_;
};

}  // namespace retort::train
