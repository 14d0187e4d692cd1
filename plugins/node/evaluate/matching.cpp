// The protocol matching methods report under (evaluate_synset of DC, METHODS.md 1.9): some fresh networks, each trained
// with SGD in the space the images were distilled in, and tested once at the end.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <filesystem>
#include <numeric>
#include <optional>

#include "core/error.h"
#include "match/training.h"
#include "sdk/made_of.h"
#include "sdk/node.h"
#include "sdk/torch/space.h"
#include "train/accuracy.h"
#include "train/report.h"
#include "vision/data_set.h"

namespace retort {

class EvaluateMatching : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Train fresh networks on distilled images as the matching methods do, and test each");
    d.random();
    d.numeric();
    d.input("images", images_, "images",
            "What the networks learn from; a learned rate, soft labels and ZCA matrix are used");
    d.input("test", test_, "dataset", "Held-out data");
    d.output("metrics", metrics_, "metrics",
             "accuracy_last: mean over the networks; accuracy_std: population deviation");
    d.output("predictions", predictions_, "predictions", "Logits of every test image, of the last network");
    d.component("network", network_, "What is trained");
    d.param("networks", networks_, "How many").at_least(1);
    d.param("epochs", epochs_, "Epochs, and one more, as published: 300 without augmentation, 1000 with").at_least(0);
    d.param("lr", lr_, "Learning rate; absent: the one learned with the images, or 0.01").greater_than(0);
    d.param("momentum", momentum_, "Momentum").between(0, 1);
    d.param("weight_decay", weight_decay_, "Weight decay").at_least(0);
    d.param("batch", batch_, "Images a step").at_least(1);
    augment_params_.declare(d);
  }

  void run(Run& run) override {
    const at::Device device(run.device());
    const auto images = SpacedImages::read(*images_);
    const auto test = vision::decoded(*test_);
    if (images.classes != test.classes)
      throw Error(ErrorKind::user, "the test data have other classes than the images");
    const auto space = images.space.to(device);
    const auto inputs = images.values.to(device);
    const auto set = match::training_set(inputs, targets(images).to(device));
    match::Student student(*network_, {inputs.size(1), inputs.size(3), static_cast<int64_t>(images.classes.size())},
                           device);
    if (student.normalises_batches())
      throw Error(
          ErrorKind::user,
          "\"network\" has BatchNorm, whose running statistics are not kept here; test it with evaluate.student");
    std::vector<double> accuracies;
    at::Tensor logits;
    for (int64_t i = 0; i < networks_; ++i) {
      train_one(run, student, set, i);
      logits = answers(student, space, test, device);
      accuracies.push_back(train::accuracy(logits, test.labels));
      run.metric("accuracy", i, accuracies.back());
    }
    report(accuracies);
    train::write_predictions(predictions_, logits, test.labels);
    state_made_of(predictions_, "images", *test_);
  }

 private:
  /// Probabilities that were distilled with the images, else their classes.
  at::Tensor targets(const SpacedImages& images) const {
    if (!images_->meta.value("soft_labels", false)) return images.labels;
    return read_tensors(images_->file("soft_labels.safetensors")).at(0).second;
  }

  void train_one(Run& run, match::Student& student, const match::TrainingSet& set, int64_t index) const {
    const auto i = static_cast<uint64_t>(index);
    const auto augment = augment_params_.make();
    student.restart(run.stream("network", i));
    double rate = lr_ ? *lr_ : images_->meta.value("learning_rate", 0.01);
    auto stream = [&](const char* purpose, int64_t epoch) {
      return run.stream(purpose, i, static_cast<uint64_t>(epoch));
    };
    std::optional<match::Training> training;
    for (int64_t epoch = 0; epoch <= epochs_; ++epoch) {
      run.stop_if_cancelled();
      if (epoch == 0 || epoch == epochs_ / 2 + 2) {  // a new optimiser, whose momentum starts at nothing
        if (epoch > 0) rate /= 10;
        training.emplace(student, set, batch_, momentum_, weight_decay_, augment, stream);
      }
      const double loss = training->epoch(epoch, rate);
      if (!std::isfinite(loss))
        throw Error(ErrorKind::not_a_number, "the loss of network " + std::to_string(index) +
                                                 " is not finite in epoch " + std::to_string(epoch) +
                                                 " at learning rate " + std::to_string(rate));
      run.progress(index * (epochs_ + 1) + epoch + 1, networks_ * (epochs_ + 1));
    }
  }

  static at::Tensor answers(const match::Student& student, const Space& space, const LabelledImages& test,
                            const at::Device& device) {
    constexpr int64_t kBatch = 500;
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> logits;
    for (int64_t from = 0; from < test.size(); from += kBatch) {
      const auto pixels = test.images.narrow(0, from, std::min(kBatch, test.size() - from)).to(device);
      logits.push_back(student.logits(space.enter(pixels)).cpu());
    }
    return at::cat(logits);
  }

  void report(const std::vector<double>& accuracies) {
    const double count = static_cast<double>(accuracies.size());
    const double mean = std::accumulate(accuracies.begin(), accuracies.end(), 0.0) / count;
    double squares = 0;
    for (const double accuracy : accuracies) squares += (accuracy - mean) * (accuracy - mean);
    double bytes = 0;
    for (const auto& [name, path] : images_->files) bytes += static_cast<double>(std::filesystem::file_size(path));
    const auto steps = (images_->meta.at("count").get<int64_t>() + batch_ - 1) / batch_ * (epochs_ + 1);
    train::write_metrics(metrics_, {{"accuracy_last", mean},
                                    {"accuracy_std", std::sqrt(squares / count)},
                                    {"image_bytes", bytes},
                                    {"student_steps", static_cast<double>(steps * networks_)}});
  }

  Input images_, test_;
  Output metrics_, predictions_;
  Component<nn::Network> network_{R"({"type": "convnet"})"};
  int64_t networks_ = 5, epochs_ = 1000, batch_ = 256;
  std::optional<double> lr_;
  double momentum_ = 0.9, weight_decay_ = 5e-4;
  match::DsaParams augment_params_{.augment = "dsa"};
};

}  // namespace retort

RETORT_PLUGIN(retort::EvaluateMatching, "evaluate.matching")
