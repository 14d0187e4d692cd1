#pragma once
// What every `distill.*` node is: synthetic images, class by class, that start from real images or noise and are
// updated by SGD until the iterations are over (METHODS.md 3). A method says only what one iteration does. No clipping
// of pixels; labels are fixed and hard unless a method writes others.
#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "match/dsa.h"
#include "match/real_images.h"
#include "match/student.h"
#include "nn/network.h"
#include "sdk/node.h"
#include "train/optimizer.h"
#include "train/report.h"

namespace retort::match {

class RETORT_API Distillation : public Node {
 public:
  void run(Run& run) final;

 protected:
  // For the plugin's declare().
  void declare_images(Declare& d);  ///< ports data, images, curves; per_class, init, lr, momentum, iterations
  void declare_augmentation(Declare& d) { augment_params_.declare(d); }

  /// Before the first iteration, and after a resume: data and images are there.
  virtual void prepare(Run&) {}
  /// One iteration: leaves gradients in `images().grad()` and calls `update`. Returns the loss that is reported.
  virtual double iterate(Run& run, int64_t iteration) = 0;
  /// Tensors beside the images and their momentum that a resumed run needs; loaded in place.
  virtual TensorList state() { return {}; }
  /// Adds files and facts to the output.
  virtual void finish(Output&) {}
  /// Where images live; by default normalised with the data's constants.
  virtual Space space(const LabelledImages& data) { return Space(data.normalization); }

  /// One step of SGD with momentum on the images, then forgets their gradient.
  void update(double lr);

  const Artifact& data() const { return *data_; }
  const RealImages& real() const { return *real_; }
  const Dsa& augment() const { return augment_; }
  StudentShape shape() const { return {real_->channels(), real_->image_size(), real_->classes()}; }
  const at::Tensor& images() const { return images_; }  ///< [classes·per_class,C,H,W], class-major, requires grad
  const at::Tensor& labels() const { return labels_; }  ///< int64, on the device
  at::Tensor images_of(int64_t label) const { return images_.narrow(0, label * per_class_, per_class_); }
  int64_t per_class() const { return per_class_; }
  int64_t iterations() const { return iterations_; }
  double lr() const { return lr_; }
  double momentum() const { return momentum_; }

  void set_defaults(int64_t iterations, double lr) { iterations_ = iterations, lr_ = lr; }  ///< in constructors

 private:
  at::Tensor first_images(Run& run) const;
  TensorList all_state();
  int64_t restore(Run& run, train::Curves& curves);
  void save(Run& run, int64_t iteration, const train::Curves& curves);
  void check_finite();
  void write(Run& run, const train::Curves& curves);

  Input data_;
  Output out_, curves_out_;
  int64_t per_class_ = 1, iterations_ = 1000, log_every_ = 10;
  double lr_ = 0.1, momentum_ = 0.5, checkpoint_seconds_ = 60;
  std::string init_ = "real";
  DsaParams augment_params_;
  Dsa augment_;

  std::optional<RealImages> real_;
  at::Tensor images_, labels_;
  std::unique_ptr<train::Optimizer> optimizer_;
};

}  // namespace retort::match
