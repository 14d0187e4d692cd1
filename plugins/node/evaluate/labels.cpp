#include "labels.h"

#include "core/error.h"
#include "sdk/torch/space.h"
#include "train/loss.h"
#include "vision/draw.h"

namespace retort::evaluate {

void LossSettings::declare(Declare& d) {
  d.param("loss", type,
          "With soft labels: kl compares softened distributions, mse logits (plus hard_weight times cross entropy)")
      .one_of({"kl", "mse"});
  d.param("temperature", temperature, "kl: both distributions are softened by it").greater_than(0);
  d.param("temperature_squared", temperature_squared,
          "kl: multiply by the temperature squared (SRe2L on Tiny-ImageNet only)");
  d.param("hard_weight", hard_weight, "mse: weight of the cross entropy with hard labels (G-VBSM, EDC)").at_least(0);
  d.param("label_smoothing", smoothing, "hard labels: part of the target spread over all classes")
      .at_least(0)
      .less_than(1)
      .neutral(0);
}

LabelledViews::LabelledViews(Run& run, const LabelledImages& images, const Artifact* labels, const at::Tensor& learned,
                             const vision::Augmentation& augmentation, const relabel::Mixing& mixing,
                             const LossSettings& loss, const Normalization& student, int64_t batch, int64_t epochs)
    : run_(run),
      augmentation_(augmentation),
      mixing_(mixing),
      loss_(loss),
      student_(student),
      pixels_(pixels_of(images).to(run.device())),
      labels_(images.labels.to(run.device())),
      classes_(static_cast<int64_t>(images.classes.size())),
      batches_(images.size(), batch, /*drop_last=*/false,
               [&run](int64_t epoch) { return run.stream("order", static_cast<uint64_t>(epoch)); }) {
  form_ = labels ? labels->meta.at("form").get<std::string>() : "hard";
  if (!labels && learned.defined()) learned_ = learned.to(run.device(), at::kFloat);
  if (form_ != "hard" && labels->meta.value("classes", images.classes) != images.classes)
    throw Error(ErrorKind::user, "the labels have other classes than the images");
  if (form_ == "labeller") labeller_.emplace(relabel::Labeller::read(*labels, run));
  if (form_ == "replay") check_replay(replay_.emplace(*labels).facts(), images.size(), batch, epochs);
  if (form_ == "image") read_soft(*labels, images);
}

train::Batch LabelledViews::batch(const train::Position& at) {
  if (replay_) return replayed(at);
  const auto epoch = static_cast<uint64_t>(at.epoch), step = static_cast<uint64_t>(at.step);
  const auto indices = batches_.indices(at.epoch, at.step);
  auto views = vision::make_generator(run_.stream("views", epoch, step));
  auto pixels = augmentation_.apply(train::rows(pixels_, indices), views);
  auto mixing = vision::make_generator(run_.stream("mixing", epoch, step));
  const auto mix = mixing_.draw(pixels.size(0), pixels.size(3), mixing);
  pixels = vision::apply_mix(pixels, mix);
  const auto labels = train::rows(labels_, indices);
  return {student_.apply(pixels), labels, target(pixels, labels, indices, mix)};
}

at::Tensor LabelledViews::loss(const at::Tensor& logits, const train::Batch& batch) const {
  if (form_ == "hard")
    return train::cross_entropy(logits, batch.target.defined() ? batch.target : batch.labels, loss_.smoothing);
  if (loss_.type == "mse") return train::logit_matching(logits, batch.target, batch.labels, loss_.hard_weight);
  return train::distillation(logits, batch.target, loss_.temperature, loss_.temperature_squared);
}

void LabelledViews::check_replay(const relabel::ReplayFacts& facts, int64_t count, int64_t batch, int64_t epochs) {
  const auto differ = [](const char* what, int64_t labels, int64_t here) {
    throw Error(ErrorKind::user, std::string("the labels were made for ") + what + " " + std::to_string(labels) +
                                     ", not " + std::to_string(here));
  };
  if (facts.count != count) differ("a number of images of", facts.count, count);
  if (facts.batch != batch) differ("\"batch\"", facts.batch, batch);
  if (facts.epochs < epochs) differ("\"epochs\"", facts.epochs, epochs);
}

void LabelledViews::read_soft(const Artifact& labels, const LabelledImages& images) {
  for (auto& [name, tensor] : read_tensors(labels.file("labels.safetensors")))
    if (name == "logits") soft_ = tensor.to(run_.device(), at::kFloat);
  if (!soft_.defined()) throw Error(ErrorKind::data, "labels.safetensors holds no \"logits\"");
  if (soft_.size(0) != images.size())
    throw Error(ErrorKind::user, "the labels are of " + std::to_string(soft_.size(0)) + " other images, these are " +
                                     std::to_string(images.size()) + "; label these");
}

at::Tensor LabelledViews::target(const at::Tensor& pixels, const at::Tensor& labels, const at::Tensor& indices,
                                 const vision::Mix& mix) const {
  if (labeller_) return labeller_->logits(pixels);
  const bool mixed = mix.kind != vision::Mix::none;
  if (form_ == "image") {
    const auto logits = train::rows(soft_, indices);
    if (!mixed) return logits;
    // Distributions mix, logits do not: these logits give the mixed distribution at the loss's temperature.
    const auto shares = vision::mix_targets(at::softmax(logits / loss_.temperature, 1), mix);
    return loss_.temperature * shares.log();
  }
  if (learned_.defined()) return vision::mix_targets(train::rows(learned_, indices), mix);
  return mixed ? vision::mix_targets(at::one_hot(labels, classes_).to(at::kFloat), mix) : at::Tensor();
}

train::Batch LabelledViews::replayed(const train::Position& at) {
  auto step = replay_->step(at.epoch, at.step);
  const auto pixels = relabel::apply_views(replay_->facts().recipe, step.draws, train::rows(pixels_, step.indices),
                                           replay_->facts().size);
  return {student_.apply(pixels), train::rows(labels_, step.indices), step.logits.to(run_.device(), at::kFloat)};
}

}  // namespace retort::evaluate
