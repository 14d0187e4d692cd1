// Herding in the embeddings of a trained network (METHODS.md 4).
#include <ATen/ATen.h>

#include "match/coreset.h"
#include "match/selection.h"

namespace retort {

class SelectHerding : public match::Selection {
 public:
  void declare(Declare& d) override {
    d.about("Images of each class whose mean embedding follows the mean of the class (herding)");
    d.numeric();
    declare_selection(d);
    d.input("encoder", encoder_, "encoder", "The network that embeds").also("classifier");
    d.param("unit_length", unit_, "Embeddings are scaled to length one first (iCaRL)");
  }

 protected:
  void prepare(Run& run, const vision::DataSet& data) override {
    features_ = match::embeddings(run, *encoder_, data, unit_);
  }
  std::vector<int64_t> choose(const at::Tensor& indices, int64_t count) override {
    return match::herding(features_.index_select(0, indices), count);
  }

 private:
  Input encoder_;
  bool unit_ = false;
  at::Tensor features_;
};

}  // namespace retort

RETORT_PLUGIN(retort::SelectHerding, "select.herding")
