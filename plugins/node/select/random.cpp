// Real images drawn at random, as many of each class: the baseline every distilled set has to beat (METHODS.md 5.3).
#include <ATen/ATen.h>

#include "core/error.h"
#include "recover/storage.h"
#include "sdk/node.h"
#include "vision/data_set.h"
#include "vision/draw.h"

namespace {

using namespace retort;

class Random final : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Real images, drawn at random, as many of each class");
    d.input("data", data_, "dataset", "Where they are drawn from");
    d.output("images", images_, "images", "The drawn images").facts_of("data");
    d.param("per_class", per_class_, "Images of each class").at_least(1);
    storage_.declare(d);
    d.random();
  }

  void run(Run& run) override {
    const vision::DataSet data(*data_);
    std::vector<at::Tensor> chosen;
    for (size_t label = 0; label < data.classes().size(); ++label) {
      const auto own = (data.labels() == static_cast<int64_t>(label)).nonzero().flatten();
      if (own.size(0) < per_class_)
        throw Error(ErrorKind::user, "class \"" + data.classes()[label] + "\" has " + std::to_string(own.size(0)) +
                                         " images, \"per_class\" is " + std::to_string(per_class_));
      const auto order = vision::draw_class_order(run.seed(), static_cast<int64_t>(label), own.size(0));
      chosen.push_back(own.index_select(0, order.narrow(0, 0, per_class_)));
    }
    storage_.write(images_, data.at(at::cat(chosen)), per_class_, "real");
  }

 private:
  Input data_;
  Output images_;
  int64_t per_class_ = 10;
  recover::Storage storage_;
};

}  // namespace

RETORT_PLUGIN(Random, "select.random")
