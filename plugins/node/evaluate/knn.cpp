// Accuracy of weighted nearest neighbours on an encoder's features (InstDisc's protocol, SSL.md 4.2): no training, no
// settings to tune.
#include "train/knn.h"

#include <ATen/ATen.h>
#include <sdk/node.h>

#include "core/error.h"
#include "nn/model.h"
#include "sdk/made_of.h"
#include "train/accuracy.h"
#include "train/device.h"
#include "train/report.h"
#include "train/spectrum.h"

namespace {

using namespace retort;
using namespace retort::train;

class Knn final : public Node {
  Input encoder_, data_, test_;
  Output metrics_, predictions_;
  int64_t neighbours_ = 200;
  double temperature_ = 0.1;

 public:
  void declare(Declare& d) override {
    d.about("Accuracy of weighted nearest neighbours on an encoder's features");
    d.numeric();
    d.input("encoder", encoder_, "encoder", "Whose features are compared").also("classifier");
    d.input("data", data_, "dataset", "The labelled images among which neighbours are sought");
    d.input("test", test_, "dataset", "The images asked about");
    d.output("metrics", metrics_, "metrics",
             "accuracy, top-5, accuracy of ImageNet's protocol (20 neighbours, 0.07), effective rank of the features");
    d.output("predictions", predictions_, "predictions", "Logarithm of each class's votes, for each image");
    d.param("neighbours", neighbours_, "How many vote; 20 is usual on ImageNet").at_least(1);
    d.param("temperature", temperature_, "Votes are exp(cosine / temperature); 0.07 is usual on ImageNet")
        .greater_than(0);
  }

  void run(Run& run) override {
    const auto model = nn::Model::read(*encoder_, run).to(device_of(run), at::kFloat);
    const vision::DataSet bank(*data_), queries(*test_);
    if (bank.classes() != queries.classes())
      throw Error(ErrorKind::user, "\"data\" and \"test\" have different classes");
    const auto known = answers(model, bank, 500, true).features, asked = answers(model, queries, 500, true).features;
    const auto scores =
        knn_scores(asked, known, bank.labels(), static_cast<int64_t>(bank.classes().size()), neighbours_, temperature_);
    write_predictions(predictions_, scores.clamp_min(1e-30).log(), queries.labels());
    state_made_of(predictions_, "images", *test_);
    const auto imagenet =
        knn_scores(asked, known, bank.labels(), static_cast<int64_t>(bank.classes().size()), 20, 0.07);
    write_metrics(metrics_,
                  {{"accuracy_k20", accuracy(imagenet, queries.labels())},
                   {"accuracy", accuracy(scores, queries.labels())},
                   {"top5", accuracy(scores, queries.labels(), 5)},
                   {"effective_rank", effective_rank(asked.narrow(0, 0, std::min<int64_t>(asked.size(0), 2000)))}});
  }
};

}  // namespace

RETORT_PLUGIN(Knn, "evaluate.knn")
