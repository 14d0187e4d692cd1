// How an independent network reads images: the share it puts into the class they were made for. Images recovered from a
// network fool that network alone; one trained from another seed tells recovered objects from noise that happens to fit
// (METHODS.md 6.2).
#include <ATen/ATen.h>

#include "core/error.h"
#include "nn/model.h"
#include "sdk/made_of.h"
#include "train/accuracy.h"
#include "train/report.h"

namespace {

using namespace retort;

class TeacherAgreement final : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Share of images that a network puts into their class");
    d.input("classifier", classifier_, "classifier", "The network that looks");
    d.input("images", images_, "images", "What it looks at").also("dataset");
    d.output("metrics", metrics_, "metrics",
             "agreement in percent, of all and of each class; mean confidence and entropy");
    d.output("predictions", predictions_, "predictions", "Logits of every image");
    d.numeric();
  }

  void run(Run& run) override {
    const auto model = nn::Model::read(*classifier_, run).to(run.device(), at::kFloat).frozen();
    const vision::DataSet images(*images_);
    if (images.classes() != model.classes())
      throw Error(ErrorKind::user, "the images have other classes than the classifier");
    const auto logits = train::answers(model, images).logits;
    const auto shares = at::softmax(logits, 1);
    std::map<std::string, double> metrics;
    metrics["agreement"] = train::accuracy(logits, images.labels());
    metrics["confidence"] = shares.amax(1).mean().item<double>();
    metrics["confidence_in_class"] = shares.gather(1, images.labels().unsqueeze(1)).mean().item<double>();
    metrics["entropy"] = -(shares * at::log_softmax(logits, 1)).sum(1).mean().item<double>();
    for (size_t label = 0; label < images.classes().size(); ++label) {
      const auto own = (images.labels() == static_cast<int64_t>(label)).nonzero().flatten();
      if (own.numel() == 0) continue;
      metrics["agreement." + images.classes()[label]] =
          train::accuracy(logits.index_select(0, own), images.labels().index_select(0, own));
    }
    train::write_metrics(metrics_, metrics);
    train::write_predictions(predictions_, logits, images.labels());
    state_made_of(predictions_, "images", *images_);
  }

 private:
  Input classifier_, images_;
  Output metrics_, predictions_;
};

}  // namespace

RETORT_PLUGIN(TeacherAgreement, "evaluate.teacher_agreement")
