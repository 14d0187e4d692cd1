// Distribution matching (DM, METHODS.md 3.3).
#include <ATen/ATen.h>

#include "core/error.h"
#include "match/distillation.h"
#include "match/feature_comparison.h"
#include "vision/draw.h"

namespace retort {

class DistillDm : public match::Distillation {
 public:
  DistillDm() { set_defaults(20000, 1); }

  void declare(Declare& d) override {
    d.about("Images whose embeddings in random networks have the class means of real ones (DM)");
    declare_images(d);
    declare_augmentation(d);
    d.component("network", network_, "Drawn afresh each iteration, never trained");
    d.component("loss", loss_,
                "Distance of the features of one class; of all classes at once if the network has BatchNorm");
    d.param("real_batch", real_batch_, "Real images a class and iteration").at_least(1);
  }

 protected:
  void prepare(Run&) override {
    if (loss_->compares() != Compares::features)
      throw Error(ErrorKind::user,
                  std::string("\"loss\" compares ") + name_of(loss_->compares()) + "; here it must compare features");
    student_.emplace(*network_, shape(), real().device());
  }

  double iterate(Run& run, int64_t iteration) override {
    student_->restart(run.stream("network", static_cast<uint64_t>(iteration)));
    // Without BatchNorm classes do not see each other: one at a time, with the memory of one.
    const int64_t together = student_->normalises_batches() ? real().classes() : 1;
    double loss = 0;
    for (int64_t first = 0; first < real().classes(); first += together) {
      match::FeatureComparison comparison(*student_, real(), augment(), loss_->layers());
      for (int64_t label = first; label < first + together; ++label) {
        auto random =
            vision::make_generator(run.stream("real", static_cast<uint64_t>(iteration), static_cast<uint64_t>(label)));
        comparison.add(label, images_of(label), real_batch_, random);
      }
      const auto value = loss_->value(comparison.features());
      value.backward({}, /*retain_graph=*/false, /*create_graph=*/false, at::TensorList({images()}));
      loss += value.item<double>();
    }
    update(lr());
    return loss;
  }

 private:
  Component<nn::Network> network_{R"({"type": "convnet"})"};
  Component<MatchLoss> loss_{R"({"type": "feature_mean"})"};
  int64_t real_batch_ = 256;
  std::optional<match::Student> student_;
};

}  // namespace retort

RETORT_PLUGIN(retort::DistillDm, "distill.dm")
