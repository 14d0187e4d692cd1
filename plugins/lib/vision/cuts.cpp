#include "vision/cuts.h"

#include <ATen/ATen.h>

#include "core/error.h"

namespace retort::vision {
namespace {

LabelledImages select(const LabelledImages& all, const std::vector<int64_t>& index, int64_t classes) {
  const auto rows = at::tensor(index, at::kLong);
  LabelledImages part = all;
  part.images = all.images.index_select(0, rows);
  part.labels = all.labels.index_select(0, rows);
  part.classes.resize(static_cast<size_t>(classes));
  return part;
}

void check_counts(const std::vector<int64_t>& count, const LabelledImages& all, const Cuts& cuts,
                  const std::string& place) {
  for (size_t c = 0; c < count.size(); ++c) {
    if (count[c] == 0) throw Error(ErrorKind::data, place + ": class \"" + all.classes[c] + "\" has no images");
    const int64_t wanted = cuts.per_class.value_or(1) + cuts.val_per_class;
    if (count[c] >= wanted) continue;
    throw Error(ErrorKind::user,
                place + ": class \"" + all.classes[c] + "\" has " + std::to_string(count[c]) +
                    " images, but \"per_class\" " + (cuts.per_class ? std::to_string(*cuts.per_class) : "all") +
                    " and \"val_per_class\" " + std::to_string(cuts.val_per_class) + " need " + std::to_string(wanted));
  }
}

}  // namespace

void Cuts::declare(Declare& d) {
  d.param("per_class", per_class, "Training images a class, the first in the file; by default all").at_least(1);
  d.param("val_per_class", val_per_class, "Images a class cut off the end of the training images for val")
      .at_least(0)
      .neutral(0);
}

Parts cut(const LabelledImages& all, int64_t classes, const Cuts& cuts, const std::string& place) {
  const auto labels = all.labels.contiguous();
  const auto* label = labels.const_data_ptr<int64_t>();
  std::vector<int64_t> count(static_cast<size_t>(classes), 0);
  for (int64_t i = 0; i < all.size(); ++i) {
    if (label[i] < classes) ++count[static_cast<size_t>(label[i])];
  }
  check_counts(count, all, cuts, place);
  std::vector<int64_t> seen(static_cast<size_t>(classes), 0), train, val;
  for (int64_t i = 0; i < all.size(); ++i) {
    if (label[i] >= classes) continue;
    const auto c = static_cast<size_t>(label[i]);
    const int64_t nth = seen[c]++, for_train = count[c] - cuts.val_per_class;
    if (nth >= for_train)
      val.push_back(i);
    else if (nth < cuts.per_class.value_or(for_train))
      train.push_back(i);
  }
  return {select(all, train, classes), select(all, val, classes)};
}

}  // namespace retort::vision
