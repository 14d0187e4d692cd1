#pragma once
// Random views of a data set's images, step by step. Decoded images lie on the device as bytes and are augmented there.
// Of encoded ones each picture is decoded once a step, by threads that are a few steps ahead, however many views it
// gives: resized crops are cut out of the picture as it is, other views see it fitted to the data set's size. Where
// every picture has that size already, both are the same, bit for bit.
#include <ATen/core/Generator.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "train/batches.h"
#include "train/loop.h"
#include "vision/augmentation.h"
#include "vision/data_set.h"
#include "vision/decoding_loader.h"

namespace retort::train {

/// What draws a view of a batch, and the seed of its draws.
struct View {
  const vision::Augmentation* augmentation = nullptr;
  uint64_t seed = 0;
};

/// What a step asks for: int64 [B] on the CPU, and at least one view.
struct ViewRequest {
  at::Tensor indices;
  std::vector<View> views;
};

struct StepViews {
  std::vector<at::Tensor> views;  ///< normalised, on the labels' device
  at::Tensor labels;              ///< int64 [B]
};

class ViewLoader {
 public:
  using Ask = std::function<ViewRequest(int64_t epoch, int64_t step)>;
  /// `data` as `DataSet::to` puts it on the run's device, which must outlive this. `ask` is a function of its arguments
  /// alone: for encoded images it is called ahead of time, up to the end of `epochs` of `steps`.
  ViewLoader(const vision::DataSet& data, Normalization constants, int64_t steps, int64_t epochs, Ask ask);

  /// Of one step; a training asks for them in order, from wherever it starts.
  StepViews operator()(const Position& at);

 private:
  /// A view whose images are being decoded.
  struct Coming {
    const vision::Augmentation* augmentation;
    std::optional<vision::Recipe> recipe;  ///< the image is cut from the picture
    at::Generator random;
    at::Tensor flips;
    size_t cut;  ///< which of the step's cuts
  };
  struct Step {
    int64_t index;
    at::Tensor labels;
    std::vector<Coming> views;
  };
  void start(int64_t index);
  void ask_for(int64_t index);
  Coming coming(const View& view, const at::Tensor& files, std::vector<vision::PictureCut>& cuts) const;
  at::Tensor finished(Coming& view, const at::Tensor& images) const;

  const vision::DataSet& data_;
  Normalization constants_;
  int64_t steps_, end_;
  Ask ask_;
  bool fitted_ = false;
  std::unique_ptr<vision::DecodingLoader> loader_;
  std::deque<Step> coming_;
};

/// One view of each batch, drawn from the stream "views". All three must outlive what is returned.
ViewLoader::Ask one_view(const Run& run, Batches& batches, const vision::Augmentation& augmentation);

}  // namespace retort::train
