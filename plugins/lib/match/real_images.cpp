#include "match/real_images.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/error.h"

namespace retort::match {

std::vector<at::Tensor> indices_by_class(const at::Tensor& labels, const std::vector<std::string>& classes,
                                         int64_t at_least) {
  std::vector<at::Tensor> result;
  for (size_t label = 0; label < classes.size(); ++label) {
    result.push_back(labels.cpu().eq(static_cast<int64_t>(label)).nonzero().flatten());
    const auto count = result.back().size(0);
    if (count < at_least)
      throw Error(ErrorKind::user, "\"per_class\" is " + std::to_string(at_least) + ", but class \"" + classes[label] +
                                       "\" has " + std::to_string(count) + (count == 1 ? " image" : " images"));
  }
  return result;
}

RealImages::RealImages(const LabelledImages& data, const Space& space, const at::Device& device)
    : names_(data.classes),
      space_(space.to(device)),
      device_(device),
      pixels_(data.images.to(device)),
      labels_(data.labels.to(device)),
      of_class_(indices_by_class(data.labels, data.classes, 0)) {
  for (size_t label = 0; label < names_.size(); ++label)
    if (of_class_[label].size(0) == 0)
      throw Error(ErrorKind::data, "class \"" + names_[label] + "\" of the data has no image");
}

at::Tensor RealImages::images(const at::Tensor& indices) const {
  return space_.enter(pixels_.index_select(0, indices.to(device_)));
}

at::Tensor RealImages::draw(int64_t label, int64_t count, at::Generator& random) const {
  const auto& all = of_class(label);
  const auto order = at::randperm(all.size(0), random, at::TensorOptions().dtype(at::kLong));
  return all.index_select(0, order.narrow(0, 0, std::min(count, all.size(0))));
}

}  // namespace retort::match
