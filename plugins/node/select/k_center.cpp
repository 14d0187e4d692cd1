// Farthest-first traversal of the embeddings of a trained network (METHODS.md 4).
#include <ATen/ATen.h>

#include "match/coreset.h"
#include "match/selection.h"
#include "vision/draw.h"

namespace retort {

class SelectKCenter : public match::Selection {
 public:
  void declare(Declare& d) override {
    d.about("Images of each class that leave none far from a chosen one (k-center, greedy)");
    d.numeric();
    d.random();
    declare_selection(d);
    d.input("encoder", encoder_, "encoder", "The network that embeds").also("classifier");
    d.param("first", first_, "The image to begin with: nearest to the class mean, or random")
        .one_of({"mean", "random"});
    d.param("unit_length", unit_, "Embeddings are scaled to length one first");
  }

 protected:
  void prepare(Run& run, const vision::DataSet& data) override {
    features_ = match::embeddings(run, *encoder_, data, unit_);
    random_ = vision::make_generator(run.stream("first"));
  }
  std::vector<int64_t> choose(const at::Tensor& indices, int64_t count) override {
    const int64_t drawn = vision::draw_permutation(indices.size(0), random_)[0].item<int64_t>();
    return match::k_center(features_.index_select(0, indices), count, first_ == "random" ? drawn : -1);
  }

 private:
  Input encoder_;
  std::string first_ = "mean";
  bool unit_ = false;
  at::Tensor features_;
  at::Generator random_;
};

}  // namespace retort

RETORT_PLUGIN(retort::SelectKCenter, "select.k_center")
