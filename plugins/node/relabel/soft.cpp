// Soft labels of networks, in one of three forms: the networks themselves, asked while the student trains (SC-DD,
// RDED); the logits of views made in advance (SRe2L's ImageNet recipe, FKD); one label an image (Qin et al., NeurIPS
// 2024).
#include "nn/model.h"
#include "relabel/labeller.h"
#include "relabel/replay.h"
#include "sdk/made_of.h"
#include "sdk/torch/space.h"
#include "train/accuracy.h"
#include "train/batches.h"
#include "vision/augmentation.h"
#include "vision/data_set.h"
#include "vision/draw.h"

namespace {

using namespace retort;
using namespace retort::relabel;

class Soft final : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Soft labels of one or more networks");
    d.inputs("teachers", teachers_, "classifier", "The networks that label; several count by their weights");
    d.input("images", images_, "images", "What is labelled; a labeller needs none").also("dataset").optional();
    d.output("labels", labels_, "labels", "The labels");
    d.param("form", form_,
            "labeller: teachers are asked while the student trains; replay: logits of views made now, for `epochs` "
            "epochs; "
            "image: one label an image")
        .one_of({"labeller", "replay", "image"});
    d.param("epochs", epochs_, "replay: how many epochs of views").at_least(1);
    d.param("batch", batch_, "replay: images a step; the student's too").at_least(1);
    d.param("image_size", image_size_, "replay: side of the views; absent: the images'").at_least(1);
    d.component("augment", augmentation_, "replay: the views; crops and flips only");
    mixing_.declare(d);
    settings_.declare(d);
    d.random();
    d.numeric();
  }

  void run(Run& run) override {
    labels_.meta["form"] = form_;
    if (form_ == "labeller") {
      const Labeller checked(Labeller::read_teachers(teachers_, run), settings_);
      labels_.meta["classes"] = checked.classes();
      return Labeller::write(labels_, teachers_, settings_);
    }
    if (!images_.present()) throw Error(ErrorKind::user, "form \"" + form_ + "\" needs the input \"images\"");
    const Labeller labeller(Labeller::read_teachers(teachers_, run), settings_);
    const auto images = vision::decoded(*images_);
    if (images.classes != labeller.classes())
      throw Error(ErrorKind::user, "the images have other classes than the teachers");
    labels_.meta["classes"] = labeller.classes();
    labels_.meta["count"] = images.size();
    state_made_of(labels_, "images", *images_);
    labels_.meta["teacher_images"] =
        images.size() * static_cast<int64_t>(labeller.size()) * (form_ == "replay" ? epochs_ : 1);
    if (form_ == "replay") return write_replay(run, labeller, images);
    write_tensors(labels_.file("labels.safetensors"),
                  {{"logits", logits_of(labeller, images, run)}, {"labels", images.labels}});
  }

 private:
  static at::Tensor logits_of(const Labeller& labeller, const LabelledImages& images, Run& run) {
    std::vector<at::Tensor> parts;
    for (const auto& part : pixels_of(images).split(250)) {
      run.stop_if_cancelled();
      const auto floating = part.scalar_type() == at::kByte ? part.to(at::kFloat).div_(255) : part;
      parts.push_back(labeller.logits(floating.to(run.device())).cpu());
    }
    return at::cat(parts);
  }

  void write_replay(Run& run, const Labeller& labeller, const LabelledImages& images) {
    const auto recipe = augmentation_->recipe();
    if (!recipe) throw Error(ErrorKind::user, "a replay needs an augmentation that says its recipe (\"standard\")");
    check_replayable(*recipe);
    const auto pixels = pixels_of(images).to(run.device());
    const int64_t size = image_size_.value_or(pixels.size(3));
    train::Batches batches(images.size(), batch_, /*drop_last=*/false,
                           [&](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); });
    for (int64_t epoch = 0; epoch < epochs_; ++epoch) {
      std::vector<ReplayStep> steps;
      for (int64_t step = 0; step < batches.steps(); ++step) {
        run.stop_if_cancelled();
        ReplayStep one;
        one.indices = batches.indices(epoch, step);
        const auto few = train::rows(pixels, one.indices);
        auto random =
            vision::make_generator(run.stream("views", static_cast<uint64_t>(epoch), static_cast<uint64_t>(step)));
        one.draws = draw_views(*recipe, few, random);
        auto mixing =
            vision::make_generator(run.stream("mixing", static_cast<uint64_t>(epoch), static_cast<uint64_t>(step)));
        one.draws.mix = mixing_.draw(few.size(0), size, mixing);
        one.logits = labeller.logits(apply_views(*recipe, one.draws, few, size));
        steps.push_back(std::move(one));
      }
      write_epoch(labels_, epoch, steps);
      run.progress(epoch + 1, epochs_);
    }
    const ReplayFacts facts{
        epochs_, batch_, images.size(), size, *recipe, mixing_.type, static_cast<int64_t>(labeller.size())};
    labels_.meta["replay"] = facts.json();
  }

  Input teachers_, images_;
  Output labels_;
  std::string form_ = "labeller";
  int64_t epochs_ = 300, batch_ = 128;
  std::optional<int64_t> image_size_;
  Component<vision::Augmentation> augmentation_{R"({"type": "standard", "preset": "resized_crop_flip"})"};
  Mixing mixing_;
  LabellerSettings settings_;
};

}  // namespace

RETORT_PLUGIN(Soft, "relabel.soft")
