// Starts from real images of the class (DWA, EDC), or from images another node chose or made (patches of RDED).
#include <ATen/ATen.h>

#include "core/error.h"
#include "sdk/torch/recover_init.h"
#include "vision/data_set.h"
#include "vision/draw.h"

namespace {

class Real final : public retort::RecoverInit {
 public:
  void declare(retort::Declare& d) override {
    d.about("Images of a data set, or of another node, one of its class for each");
    d.input("data", data_, "dataset", "Where the images come from").also("images");
    d.param("pick", pick_, "Drawn without replacement, or the first of each class in their order")
        .one_of({"random", "in_order"});
    d.random();
  }

  void prepare(retort::Run& run) override {
    source_.emplace(*data_);
    const auto count = static_cast<int64_t>(source_->classes().size());
    of_class_.clear();
    for (int64_t label = 0; label < count; ++label) {
      auto indices = (source_->labels() == label).nonzero().flatten();
      if (pick_ == "random")
        indices = indices.index_select(0, retort::vision::draw_class_order(run.seed(), label, indices.size(0)));
      of_class_[source_->classes()[static_cast<size_t>(label)]] = indices;
    }
  }

  at::Tensor images(const retort::InitBatch& batch) override {
    std::vector<int64_t> chosen;
    const auto labels = batch.labels.accessor<int64_t, 1>();
    for (size_t i = 0; i < batch.ordinals.size(); ++i)
      chosen.push_back(
          index_of((*batch.classes)[static_cast<size_t>(labels[static_cast<int64_t>(i)])], batch.ordinals[i]));
    auto result = source_->at(at::tensor(chosen, at::kLong)).normalised(batch.normalization).contiguous();
    if (result.size(2) != batch.image_size || result.size(3) != batch.image_size)
      result = at::_upsample_bilinear2d_aa(result, {batch.image_size, batch.image_size}, /*align_corners=*/false);
    return result;
  }

 protected:
  bool reads_input() const override { return true; }

 private:
  int64_t index_of(const std::string& name, int64_t ordinal) const {
    const auto found = of_class_.find(name);
    if (found == of_class_.end())
      throw retort::Error(retort::ErrorKind::user,
                          "init \"real\": the teacher's class \"" + name + "\" is not in the data");
    if (ordinal >= found->second.size(0))
      throw retort::Error(retort::ErrorKind::user, "init \"real\": class \"" + name + "\" has " +
                                                       std::to_string(found->second.size(0)) +
                                                       " images, fewer than \"per_class\" asks for");
    return found->second[ordinal].item<int64_t>();
  }

  retort::Input data_;
  std::string pick_ = "random";
  std::optional<retort::vision::DataSet> source_;
  std::map<std::string, at::Tensor> of_class_;
};

}  // namespace

RETORT_PLUGIN(Real, "real")
