#include "drawn.h"

namespace retort {

void DrawnDataset::run(Run& run) {
  vision::Parts parts{draw_set("train", per_class_, run), draw_set("val", val_per_class_, run)};
  outputs_.write(parts, draw_set("test", test_per_class_, run));
}

void DrawnDataset::declare_sizes(Declare& d, const Json& classes) {
  d.param("per_class", per_class_, "Training images a class").at_least(1);
  d.param("val_per_class", val_per_class_, "Further images a class for val").at_least(0).neutral(0);
  d.param("test_per_class", test_per_class_, "Test images a class").at_least(1);
  d.param("size", size_, "Side of an image in pixels").between(16, 256);
  d.param("seed", seed_, "Another number gives other images of the same classes").at_least(0);
  outputs_.declare(d, classes, {{"param", "size"}});
}

LabelledImages DrawnDataset::draw_set(const std::string& part, int64_t per_class, Run& run) const {
  LabelledImages set;
  set.classes = class_names();
  const auto classes = static_cast<int64_t>(set.classes.size()), count = per_class * classes;
  set.images = at::empty({count, 3, size_, size_}, at::kByte);
  set.labels = at::arange(count, at::kLong).remainder_(classes);
  set.normalization = {"custom", {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
  for (int64_t i = 0; i < count; ++i) {
    if (i % 256 == 0) run.stop_if_cancelled();
    const vision::SplitMix random(stream_seed(static_cast<uint64_t>(seed_), type_, part, 0, static_cast<uint64_t>(i)));
    draw(i % classes, size_, random, set.images.data_ptr<uint8_t>() + i * 3 * size_ * size_);
  }
  return set;
}

}  // namespace retort
