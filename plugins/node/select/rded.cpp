// Patches of real images that a teacher classifies best, tiled into new images (RDED, METHODS.md 2.4).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "match/patches.h"
#include "match/real_images.h"
#include "nn/model.h"
#include "ranked.h"
#include "recover/storage.h"
#include "sdk/node.h"
#include "sdk/torch/tensor_file.h"
#include "vision/crop.h"
#include "vision/data_set.h"
#include "vision/draw.h"

namespace retort {

class SelectRded : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Crops of real images that a teacher knows best, tiled into images (RDED)");
    d.random();
    d.numeric();
    d.input("data", data_, "dataset", "Real images to cut from");
    d.input("teacher", teacher_, "classifier", "Judges the crops; its classes are those of the data");
    d.output("images", out_, "images", "Tiled images, class by class, as pixels").facts_of("data");
    d.param("per_class", per_class_, "Images a class").at_least(1);
    d.param("factor", factor_, "Patches along a side of an image: 1 at 32 and 64 px, 2 at 224").at_least(1);
    d.param("candidates", candidates_, "Real images a class that patches are cut from, at most").at_least(1);
    d.param("crops", crops_, "Random crops of each, of which the best is kept").at_least(1);
    d.param("rank", rank_,
            "Which candidates are taken, by the teacher's probability of their class: RDED's easy ones, or from the "
            "middle outwards (DELT, CV-DD, FADRM)")
        .one_of({"easy", "medium", "hard", "random"})
        .neutral("easy");
    d.param("antialias", antialias_, "Smooth when a crop is made smaller");
    storage_.declare(d);
    d.param("quantize", quantize_, "How values become bytes").one_of({"truncate", "round"});
  }

  void run(Run& run) override {
    const vision::DataSet data(*data_);
    const auto model = nn::Model::read(*teacher_, run).to(at::Device(run.device()), at::kFloat);
    if (model.classes() != data.classes()) throw Error(ErrorKind::user, "\"teacher\" has other classes than \"data\"");
    const auto by_class = match::indices_by_class(data.labels(), data.classes(), per_class_ * factor_ * factor_);
    if (candidates_ < per_class_ * factor_ * factor_)
      throw Error(ErrorKind::user, "\"candidates\" is " + std::to_string(candidates_) + "; \"per_class\" " +
                                       std::to_string(per_class_) + " with \"factor\" " + std::to_string(factor_) +
                                       " takes " + std::to_string(per_class_ * factor_ * factor_));
    std::vector<at::Tensor> images;
    for (size_t label = 0; label < by_class.size(); ++label) {
      run.stop_if_cancelled();
      images.push_back(of_class(run, data, model, by_class[label], static_cast<int64_t>(label)));
      run.progress(static_cast<int64_t>(label) + 1, static_cast<int64_t>(by_class.size()));
    }
    write(model, data, at::cat(images));
  }

 private:
  /// per_class images in the teacher's space, on its device.
  at::Tensor of_class(Run& run, const vision::DataSet& data, const nn::Model& model, const at::Tensor& indices,
                      int64_t label) const {
    const at::NoGradGuard no_grad;
    const at::Device device(run.device());
    const int64_t size = data.image_size(), side = size / factor_;
    auto random = vision::make_generator(run.stream("patches", static_cast<uint64_t>(label)));
    const int64_t count = std::min(candidates_, indices.size(0));
    const auto drawn = indices.index_select(0, vision::draw_permutation(indices.size(0), random).narrow(0, 0, count));
    const auto sources = model.normalization().apply(data.at(drawn).images.to(device));
    std::vector<at::Tensor> patches, losses;
    for (int64_t crop = 0; crop < crops_; ++crop) {
      const auto boxes = vision::draw_crop_boxes(count, size, size, {.ratio_low = 1, .ratio_high = 1}, random);
      patches.push_back(vision::resized_crop(sources, boxes, {}, side, antialias_));
      const auto logits = model(match::centred(patches.back(), size)).logits;
      losses.push_back(at::cross_entropy_loss(logits, at::full({count}, label, logits.options().dtype(at::kLong)), {},
                                              at::Reduction::None));
    }
    const auto [loss, best] = at::stack(losses).min(0);
    const auto kept = at::stack(patches).index({best, at::arange(count, best.options())});
    const auto order = select::ranked(loss, per_class_ * factor_ * factor_, rank_, random);
    return match::tiled(kept.index_select(0, order), per_class_, factor_, size);
  }

  void write(const nn::Model& model, const vision::DataSet& data, const at::Tensor& images) {
    LabelledImages result;
    result.images = recover::to_pixels(images, model.normalization(), quantize_);
    result.labels = at::arange(static_cast<int64_t>(data.classes().size())).repeat_interleave(per_class_);
    result.classes = data.classes();
    result.normalization = model.normalization();
    storage_.write(out_, result, per_class_, "patches");
  }

  Input data_, teacher_;
  Output out_;
  int64_t per_class_ = 10, factor_ = 1, candidates_ = 300, crops_ = 5;
  bool antialias_ = true;
  std::string rank_ = "easy", quantize_ = "truncate";
  recover::Storage storage_{.codec = "jpeg"};
};

}  // namespace retort

RETORT_PLUGIN(retort::SelectRded, "select.rded")
