// Networks trained on real data, their parameters kept along the way: what MTT and TESLA imitate (METHODS.md 3.5).
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "core/error.h"
#include "match/real_images.h"
#include "match/training.h"
#include "match/trajectories.h"
#include "sdk/made_of.h"
#include "sdk/node.h"
#include "train/report.h"
#include "vision/data_set.h"

namespace retort {

class TrajectoryExperts : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Train networks on real data and keep their parameters epoch by epoch, for trajectory matching");
    d.random();
    d.numeric();
    d.input("data", data_, "dataset", "Real images to train on");
    d.output("trajectories", out_, "trajectories", "Parameters of each expert").facts_of("data");
    d.output("curves", curves_out_, "curves", "Loss over epochs, a curve an expert");
    d.component("network", network_, "What is trained; it must have no BatchNorm");
    d.param("experts", experts_, "How many").at_least(1);
    d.param("epochs", epochs_, "Epochs each").at_least(1);
    d.param("snapshots", snapshots_, "Epochs after which parameters are kept, 0 being before the first; empty: all")
        .at_least(0);
    d.param("storage", storage_, "How parameters are stored; bfloat16 takes half the room")
        .one_of({"float32", "bfloat16"});
    d.param("space", space_, "normalized with the data's constants, or zca: whitened pixels")
        .one_of({"normalized", "zca"});
    d.param("lr", lr_, "Learning rate").at_least(0);
    d.param("lr_drop", lr_drop_, "Epochs after which the rate is a tenth").at_least(1);
    d.param("momentum", momentum_, "Momentum").between(0, 1);
    d.param("weight_decay", weight_decay_, "Weight decay").at_least(0);
    d.param("batch", batch_, "Images a step").at_least(1);
    augment_params_.declare(d);
  }

  void run(Run& run) override {
    check_snapshots();
    const auto data = vision::decoded(*data_);
    const auto space = Space::named(space_, data);
    const match::RealImages real(data, space, at::Device(run.device()));
    match::Student student(*network_, {real.channels(), real.image_size(), real.classes()}, real.device());
    if (student.normalises_batches())
      throw Error(
          ErrorKind::user,
          "\"network\" has BatchNorm, whose running statistics a trajectory does not hold; choose another norm");
    train::Curves curves(run);
    for (int64_t expert = 0; expert < experts_; ++expert) make_expert(run, real, student, expert, curves);
    describe(student, data);
    space.write(out_);
    state_made_of(out_, "data", *data_);
    curves.write(curves_out_);
  }

 private:
  void check_snapshots() const {
    for (const auto epoch : snapshots_)
      if (epoch > epochs_)
        throw Error(ErrorKind::user, "\"snapshots\" asks for epoch " + std::to_string(epoch) + ", but \"epochs\" is " +
                                         std::to_string(epochs_));
  }

  std::vector<int64_t> kept() const {
    std::set<int64_t> epochs(snapshots_.begin(), snapshots_.end());
    for (int64_t epoch = 0; snapshots_.empty() && epoch <= epochs_; ++epoch) epochs.insert(epoch);
    return {epochs.begin(), epochs.end()};
  }

  /// A finished expert lies in the checkpoint folder under its final name, and is only linked into the output.
  void make_expert(Run& run, const match::RealImages& real, match::Student& student, int64_t expert,
                   train::Curves& curves) {
    const auto name = match::expert_file(expert);
    const auto finished = run.checkpoint_folder() / name;
    if (!std::filesystem::exists(finished)) {
      auto beside = finished;
      beside += ".new";
      write_tensors(beside, train_expert(run, real, student, expert));
      std::filesystem::rename(beside, finished);
    }
    run.progress((expert + 1) * epochs_, experts_ * epochs_);
    for (const auto& [key, tensor] : read_tensors(finished))
      if (key == kLoss)
        for (int64_t epoch = 0; epoch < epochs_; ++epoch)
          curves.add("loss." + std::to_string(expert), epoch + 1, tensor[epoch].item<double>());
    out_.link(name, finished);
  }

  TensorList train_expert(Run& run, const match::RealImages& real, match::Student& student, int64_t expert) const {
    const auto e = static_cast<uint64_t>(expert);
    const auto augment = augment_params_.make();
    const auto epochs = kept();
    auto losses = at::empty({epochs_}, at::kDouble);
    TensorList snapshots;
    auto keep = [&](int64_t epoch) {
      if (!std::binary_search(epochs.begin(), epochs.end(), epoch)) return;
      const auto type = storage_ == "bfloat16" ? at::kBFloat16 : at::kFloat;
      snapshots.emplace_back(match::epoch_name(epoch), match::flat(student.parameters()).to(at::kCPU, type));
    };
    student.restart(run.stream("network", e));
    match::TrainingSet set{
        real.count(), [&](const at::Tensor& indices) { return real.images(indices); },
        [&](const at::Tensor& indices) { return real.labels().index_select(0, indices.to(real.device())); }};
    match::Training training(
        student, set, batch_, momentum_, weight_decay_, augment,
        [&](const char* purpose, int64_t epoch) { return run.stream(purpose, e, static_cast<uint64_t>(epoch)); });
    keep(0);
    for (int64_t epoch = 0; epoch < epochs_; ++epoch) {
      run.stop_if_cancelled();
      losses[epoch] = training.epoch(epoch, lr_drop_ && epoch >= *lr_drop_ ? lr_ / 10 : lr_);
      check(expert, epoch, losses[epoch].item<double>());
      keep(epoch + 1);
      run.progress(expert * epochs_ + epoch + 1, experts_ * epochs_);
    }
    snapshots.emplace_back(kLoss, losses);
    return snapshots;
  }

  static void check(int64_t expert, int64_t epoch, double loss) {
    if (std::isfinite(loss)) return;
    throw Error(ErrorKind::not_a_number, "the loss of expert " + std::to_string(expert) + " is " +
                                             (std::isnan(loss) ? "not a number" : "infinite") + " in epoch " +
                                             std::to_string(epoch));
  }

  void describe(const match::Student& student, const LabelledImages& data) {
    Json shapes = Json::array();
    for (const auto& parameter : student.parameters()) shapes.push_back(parameter.sizes().vec());
    out_.meta.update({{"experts", experts_},
                      {"epochs", kept()},
                      {"names", student.names()},
                      {"shapes", shapes},
                      {"storage", storage_},
                      {"architecture", network_->origin()},
                      {"classes", data.classes},
                      {"image_size", data.images.size(3)},
                      {"channels", data.images.size(1)}});
  }

  static constexpr const char* kLoss = "loss";

  Input data_;
  Output out_, curves_out_;
  Component<nn::Network> network_{R"({"type": "convnet"})"};
  int64_t experts_ = 100, epochs_ = 50, batch_ = 256;
  std::vector<int64_t> snapshots_;
  std::string storage_ = "float32", space_ = "normalized";
  double lr_ = 0.01, momentum_ = 0, weight_decay_ = 0;
  std::optional<int64_t> lr_drop_;
  match::DsaParams augment_params_{.augment = "dsa"};
};

}  // namespace retort

RETORT_PLUGIN(retort::TrajectoryExperts, "trajectory.experts")
