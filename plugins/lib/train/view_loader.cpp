#include "train/view_loader.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "vision/draw.h"

namespace retort::train {
namespace {

constexpr int64_t kAhead = 4;

}  // namespace

ViewLoader::ViewLoader(const vision::DataSet& data, Normalization constants, int64_t steps, int64_t epochs, Ask ask)
    : data_(data),
      constants_(std::move(constants)),
      steps_(steps),
      end_(steps * epochs),
      ask_(std::move(ask)),
      fitted_(data.encoded() && data.encoded()->uniform()) {}

StepViews ViewLoader::operator()(const Position& at) {
  const at::NoGradGuard no_grad;
  StepViews result;
  if (!data_.encoded()) {
    const ViewRequest request = ask_(at.epoch, at.step);
    const LabelledImages images = data_.at(request.indices);
    for (const View& view : request.views) {
      auto random = vision::make_generator(view.seed);
      result.views.push_back(constants_.apply(view.augmentation->apply(images.images, random)));
    }
    result.labels = images.labels;
    return result;
  }
  if (coming_.empty() || coming_.front().index != at.index()) start(at.index());
  Step step = std::move(coming_.front());
  coming_.pop_front();
  auto images = loader_->next();
  if (const int64_t next = at.index() + kAhead; next < end_) ask_for(next);
  for (auto& each : images) each = each.to(data_.labels().device(), /*non_blocking=*/true);
  for (Coming& view : step.views) result.views.push_back(constants_.apply(finished(view, images[view.cut])));
  result.labels = step.labels;
  return result;
}

void ViewLoader::start(int64_t index) {
  coming_.clear();
  loader_ = std::make_unique<vision::DecodingLoader>(*data_.encoded(), data_.decoders(), kAhead);
  for (int64_t i = index; i < std::min(index + kAhead, end_); ++i) ask_for(i);
}

void ViewLoader::ask_for(int64_t index) {
  const ViewRequest request = ask_(index / steps_, index % steps_);
  const at::Tensor files = request.indices + data_.first_encoded();
  Step step{index, rows(data_.labels(), request.indices), {}};
  std::vector<vision::PictureCut> cuts;
  for (const View& view : request.views) step.views.push_back(coming(view, files, cuts));
  const int64_t* first = files.const_data_ptr<int64_t>();
  loader_->ask({first, first + files.numel()}, std::move(cuts));
  coming_.push_back(std::move(step));
}

ViewLoader::Coming ViewLoader::coming(const View& view, const at::Tensor& files,
                                      std::vector<vision::PictureCut>& cuts) const {
  Coming one{view.augmentation, view.augmentation->recipe(), vision::make_generator(view.seed), {}, 0};
  if (fitted_ || !one.recipe || one.recipe->crop != "resized") {
    one.recipe.reset();
    while (one.cut < cuts.size() && cuts[one.cut].boxes.defined()) ++one.cut;  // one fitted image serves all such views
    if (one.cut == cuts.size()) cuts.emplace_back();
    return one;
  }
  const auto& set = *data_.encoded();
  const auto crops =
      one.recipe->draw_crops(set.heights().index_select(0, files), set.widths().index_select(0, files), one.random);
  one.flips = crops.flips;
  one.cut = cuts.size();
  cuts.push_back({crops.boxes, view.augmentation->size(data_.image_size()), one.recipe->antialias});
  return one;
}

at::Tensor ViewLoader::finished(Coming& view, const at::Tensor& images) const {
  return view.recipe ? view.recipe->finish(images, view.flips, view.random)
                     : view.augmentation->apply(images, view.random);
}

ViewLoader::Ask one_view(const Run& run, Batches& batches, const vision::Augmentation& augmentation) {
  return [&](int64_t epoch, int64_t step) -> ViewRequest {
    const auto seed = run.stream("views", static_cast<uint64_t>(epoch), static_cast<uint64_t>(step));
    return {batches.indices(epoch, step), {{&augmentation, seed}}};
  };
}

}  // namespace retort::train
