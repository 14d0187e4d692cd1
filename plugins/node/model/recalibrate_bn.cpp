// A network with the running statistics that clean images give it. Training leaves statistics of augmented views, of
// weights that still moved; recovery matches them. The weights stay as they are, so whatever recovery then does better
// or worse is the statistics' doing (METHODS.md 6.2).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <sdk/node.h>

#include "core/error.h"
#include "nn/freeze.h"
#include "nn/model.h"
#include "train/device.h"
#include "vision/data_set.h"

namespace {

using namespace retort;

class RecalibrateBn final : public Node {
  Input model_, data_;
  Output encoder_, classifier_;
  int64_t batch_ = 250;

 public:
  void declare(Declare& d) override {
    d.about("Take a network's BatchNorm statistics anew, from images without augmentation");
    d.numeric();
    d.input("model", model_, "encoder", "Whose statistics are replaced; its weights stay").also("classifier");
    d.input("data", data_, "dataset", "The images: what the network was trained on");
    d.output("encoder", encoder_, "encoder", "The backbone").facts_of("model");
    d.output("classifier", classifier_, "classifier", "With its head, if it has one").facts_of("model");
    d.param("batch", batch_, "Images whose statistics are taken together; their mean over all full batches is kept")
        .at_least(2);
  }

  void run(Run& run) override {
    const at::NoGradGuard no_grad;
    auto model = nn::Model::read(*model_, run).to(train::device_of(run), at::kFloat);
    const vision::DataSet data(*data_);
    const int64_t batches = data.size() / batch_;
    if (batches == 0)
      throw Error(ErrorKind::user, "\"batch\" " + std::to_string(batch_) + " is larger than the data set; it has " +
                                       std::to_string(data.size()) + " images: take at most that");
    std::vector<at::Tensor> running, sums;
    for (const auto& each : model.weights().all())
      if (each.name.ends_with(".running_mean") || each.name.ends_with(".running_var")) running.push_back(each.value);
    if (running.empty())
      throw Error(ErrorKind::user, "the network \"" + model.network().origin().value("type", "") +
                                       "\" has no BatchNorm layer: there is nothing to recalibrate");
    for (const at::Tensor& each : running) sums.push_back(at::zeros_like(each, at::kDouble));
    nn::PassOptions training;
    training.mode = nn::Mode::train;
    int64_t done = 0;
    data.part(0, batches * batch_).each(batch_, [&](LabelledImages part) {
      run.stop_if_cancelled();
      for (at::Tensor& each : running) each.zero_();  // a pass then leaves kBatchNormMomentum times its statistics
      part.images = part.images.to(train::device_of(run));
      model(part.normalised(model.normalization()), training);
      for (size_t k = 0; k < running.size(); ++k) sums[k].add_(running[k]);
      run.progress(++done, batches);
    });
    const double scale = 1 / (nn::kBatchNormMomentum * static_cast<double>(batches));
    for (size_t k = 0; k < running.size(); ++k) running[k].copy_(sums[k] * scale);
    write(model);
  }

 private:
  void write(const nn::Model& model) {
    Json trained = model_->meta.value("trained", Json::object());
    trained["recalibrated_on"] = data_->meta.value("count", int64_t{0});
    model.without_head().write(encoder_, trained);
    if (model.classes().empty())
      nn::Model::absent(classifier_, "the network that was recalibrated has no head: link the output \"encoder\"");
    else
      model.write(classifier_, trained);
  }
};

}  // namespace

RETORT_PLUGIN(RecalibrateBn, "model.recalibrate_bn")
