#include "match/selection.h"

#include <ATen/ATen.h>

#include "match/real_images.h"
#include "nn/model.h"
#include "train/accuracy.h"

namespace retort::match {

void Selection::declare_selection(Declare& d) {
  d.input("data", data_, "dataset", "Real images to choose from");
  d.output("images", out_, "images", "The chosen images, class by class, as pixels").facts_of("data");
  d.param("per_class", per_class_, "Images a class").at_least(1);
  storage_.declare(d);
}

void Selection::run(Run& run) {
  const vision::DataSet data(*data_);
  const auto by_class = indices_by_class(data.labels(), data.classes(), per_class_);
  prepare(run, data);
  std::vector<at::Tensor> chosen;
  for (const auto& indices : by_class) {
    chosen.push_back(indices.index_select(0, at::tensor(choose(indices, per_class_), at::kLong)));
    run.stop_if_cancelled();
  }
  const auto all = at::cat(chosen);
  storage_.write(out_, data.at(all), per_class_, "real");
  write_tensors(out_.file("provenance.safetensors"), {{"indices", all}});
}

at::Tensor embeddings(Run& run, const Artifact& encoder, const vision::DataSet& data, bool unit) {
  const auto model = nn::Model::read(encoder, run).to(at::Device(run.device()), at::kFloat);
  auto features = train::answers(model, data, /*batch=*/500, /*keep_features=*/true).features;
  return unit ? features / features.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12) : features;
}

}  // namespace retort::match
