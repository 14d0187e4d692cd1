// The scores of DD-Ranking (METHODS.md 5.5): how much of an accuracy is the images' own, and not the soft labels' or
// the augmentation's.
#include <cmath>
#include <map>

#include "core/error.h"
#include "core/files.h"
#include "sdk/node.h"

namespace {

using namespace retort;

class DdRanking final : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Label-robust and augmentation-robust scores of images (DD-Ranking)");
    const std::string same = ": same student, epochs and test data as the others";
    d.input("full_hard", full_hard_, "metrics", "All data, hard labels" + same);
    d.input("images_hard", images_hard_, "metrics", "The images, hard labels");
    d.input("images", images_, "metrics", "The images, labels of any kind, with augmentation");
    d.input("random", random_, "metrics", "Random real images, labels and augmentation as for `images`");
    d.input("images_plain", images_plain_, "metrics", "As `images`, without augmentation");
    d.input("random_plain", random_plain_, "metrics", "As `random`, without augmentation");
    d.output("metrics", metrics_, "metrics",
             "label_robust_score, augmentation_robust_score (0 to 1) and what they are made of, in percent");
    d.param("label_weight", label_weight_,
            "Share of the gain over random images; the rest is what hard labels lose to all data")
        .between(0, 1);
    d.param("augmentation_weight", augmentation_weight_,
            "Share of the gain with augmentation; the rest is the gain without")
        .between(0, 1);
  }

  void run(Run&) override {
    const double lost = accuracy(full_hard_, "full_hard") - accuracy(images_hard_, "images_hard");
    const double gained = accuracy(images_, "images") - accuracy(random_, "random");
    const double gained_plain = accuracy(images_plain_, "images_plain") - accuracy(random_plain_, "random_plain");
    write({{"hard_label_recovery", lost},
           {"improvement_over_random", gained},
           {"improvement_over_random_plain", gained_plain},
           {"label_robust_score", score(label_weight_ * gained - (1 - label_weight_) * lost)},
           {"augmentation_robust_score",
            score(augmentation_weight_ * gained + (1 - augmentation_weight_) * gained_plain)}});
  }

 private:
  static double accuracy(const Input& input, const std::string& port) {
    const Json& meta = input->meta;
    if (const auto found = meta.find("accuracy_last"); found != meta.end() && found->is_number()) return *found;
    throw Error(
        ErrorKind::user,
        "input \"" + port + "\" has no metric \"accuracy_last\": link an evaluate.student or an evaluate.matching");
  }

  /// From a difference in percent: e to the power of its share, stretched so that -1 gives 0 and 1 gives 1.
  static double score(double percent) {
    const double least = std::exp(-1.0), most = std::exp(1.0);
    return (std::exp(percent / 100) - least) / (most - least);
  }

  void write(const std::map<std::string, double>& values) {
    for (const auto& [name, value] : values) metrics_.meta[name] = value;
    write_file(metrics_.file("metrics.json"), Json(values).dump(2) + "\n");
  }

  Input full_hard_, images_hard_, images_, random_, images_plain_, random_plain_;
  Output metrics_;
  double label_weight_ = 0.5, augmentation_weight_ = 0.5;
};

}  // namespace

RETORT_PLUGIN(DdRanking, "evaluate.dd_ranking")
