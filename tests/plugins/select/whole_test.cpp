// Whole selections written out once more: every draw, every crop, every count.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "match/coreset.h"
#include "plugins/select/teacher.h"
#include "support/plain_steps.h"
#include "train/accuracy.h"
#include "vision/crop.h"
#include "vision/draw.h"

namespace retort::test {
namespace {

at::Tensor of_class(const ToyData& data, int64_t label) { return data.images.labels.eq(label).nonzero().flatten(); }

at::Tensor cut(const at::Tensor& image, const at::Tensor& box, int64_t side) {
  const auto at_ = [&](int64_t k) { return box[k].item<int64_t>(); };
  return at::_upsample_bilinear2d_aa(image.unsqueeze(0).narrow(2, at_(0), at_(2)).narrow(3, at_(1), at_(3)),
                                     {side, side}, false);
}

/// METHODS.md 2.4: of each drawn image the crop with the lowest cross entropy, of those the lowest, tiled.
at::Tensor rded(const ToyData& data, const Teacher& teacher, const FakeRun& run, int64_t per_class, int64_t factor,
                int64_t candidates, int64_t crops) {
  const int64_t side = 8 / factor, border = (8 - side) / 2;
  std::vector<at::Tensor> images;
  const at::NoGradGuard no_grad;
  for (int64_t label = 0; label < 3; ++label) {
    auto random = vision::make_generator(run.stream("patches", static_cast<uint64_t>(label)));
    const auto all = of_class(data, label);
    const int64_t count = std::min(candidates, all.size(0));
    const auto drawn = all.index_select(0, at::randperm(all.size(0), random, at::kLong).narrow(0, 0, count));
    const auto sources = data.images.normalization.apply(data.images.images.index_select(0, drawn));
    struct Patch {
      at::Tensor picture;
      double loss;
    };
    std::vector<Patch> best(static_cast<size_t>(count), {{}, 1e9});
    for (int64_t crop = 0; crop < crops; ++crop) {
      const auto boxes = vision::draw_crop_boxes(count, 8, 8, {.ratio_low = 1, .ratio_high = 1}, random);
      for (int64_t i = 0; i < count; ++i) {
        const auto patch = cut(sources[i], boxes[i], side);
        const auto logits = (*teacher.model)(at::constant_pad_nd(patch, {border, border, border, border})).logits;
        const double loss = -logits.log_softmax(1)[0][label].item<double>();
        if (loss < best[static_cast<size_t>(i)].loss) best[static_cast<size_t>(i)] = {patch[0], loss};
      }
    }
    std::stable_sort(best.begin(), best.end(), [](const Patch& a, const Patch& b) { return a.loss < b.loss; });
    for (int64_t i = 0; i < per_class; ++i) {
      auto image = at::empty({3, 8, 8});
      for (int64_t y = 0; y < factor; ++y)
        for (int64_t x = 0; x < factor; ++x)
          image.narrow(1, y * side, side)
              .narrow(2, x * side, side)
              .copy_(best[static_cast<size_t>((y * factor + x) * per_class + i)].picture);
      images.push_back(image);
    }
  }
  return data.images.normalization.invert(at::stack(images)).clamp(0, 1) * 255;
}

TEST(SelectRded, IsTheSurestCropOfEachImageAndOfThoseTheSurest) {
  const auto data = toy_data();
  const Teacher teacher(data);
  struct Case {
    int64_t per_class, factor, candidates, crops;
  };
  for (const auto& [per_class, factor, candidates, crops] : {Case{2, 1, 300, 5}, Case{2, 1, 3, 1}, Case{1, 2, 4, 3}}) {
    NodeRun node(
        "select.rded",
        {{"per_class", per_class}, {"factor", factor}, {"candidates", candidates}, {"crops", crops}, {"codec", "none"}},
        "n" + std::to_string(factor) + std::to_string(crops));
    const auto output = node.input("data", {data.artifact}).input("teacher", {teacher.artifact}).go().output("images");
    const auto got = read_images(output);
    const auto wanted = rded(data, teacher, node.run, per_class, factor, candidates, crops);
    const auto off = (got.images.to(at::kFloat) - wanted).abs();
    EXPECT_LT(off.max().item<double>(), 1.01) << "cut off to bytes, " << factor;
    EXPECT_TRUE(at::equal(got.labels, at::arange(3).repeat_interleave(per_class)));
  }
}

TEST(SelectRded, RefusesFewerCandidatesThanPatches) {
  const auto data = toy_data();
  const Teacher teacher(data);
  NodeRun node("select.rded", {{"per_class", 1}, {"factor", 2}, {"candidates", 3}});
  node.input("data", {data.artifact}).input("teacher", {teacher.artifact});
  EXPECT_EQ(error_of(node), "\"candidates\" is 3; \"per_class\" 1 with \"factor\" 2 takes 4");
}

TEST(Select, TakesEmbeddingsOfLengthOneAndRandomFirstImagesIfAsked) {
  const auto data = toy_data();
  const Teacher teacher(data);
  auto features = train::answers(*teacher.model, data.images, 500, true).features;
  const auto unit = features / features.norm(2, {1}, true);
  for (const std::string type : {"select.herding", "select.k_center"}) {
    for (const std::string first : {"mean", "random"}) {
      Json params = {{"per_class", 3}, {"unit_length", true}};
      if (type == "select.k_center") params["first"] = first;
      NodeRun node(type, params, type + first);
      const auto output =
          node.input("data", {data.artifact}).input("encoder", {teacher.artifact}).go().output("images");
      auto random = vision::make_generator(node.run.stream("first"));
      std::vector<int64_t> expected;
      for (int64_t label = 0; label < 3; ++label) {
        const auto all = of_class(data, label), own = unit.index_select(0, all);
        const auto drawn = at::randperm(all.size(0), random, at::kLong)[0].item<int64_t>();
        const auto chosen = type == "select.herding" ? match::herding(own, 3)
                            : first == "mean"        ? match::k_center(own, 3)
                                                     : match::k_center(own, 3, drawn);
        for (const auto k : chosen) expected.push_back(all[k].item<int64_t>());
      }
      EXPECT_EQ(positions(output), expected) << type << " " << first;
    }
  }
}

/// Trains by hand, notes what was right each time it was seen, and counts.
TEST(SelectForgetting, CountsWhatItsOwnTrainingUnlearned) {
  const auto data = toy_data();
  for (const bool never_first : {true, false}) {
    NodeRun node("select.forgetting",
                 {{"per_class", 3},
                  {"network", tiny_convnet()},
                  {"epochs", 12},
                  {"batch", 5},
                  {"lr", 0.5},
                  {"momentum", 0.5},
                  {"schedule", "constant"},
                  {"preset", "flip"},
                  {"never_learned_first", never_first}},
                 never_first ? "first" : "last");
    const auto output = node.input("data", {data.artifact}).go().output("images");
    std::shared_ptr<Plugin> plugin =
        node.run.component("network", {{"type", "convnet"}, {"params", {{"depth", 2}, {"width", 4}}}});
    const auto& net = dynamic_cast<const nn::Network&>(*plugin);
    auto weights = nn::initialise(net, 3, 8, 3, node.run.stream("network"));
    weights.require_grad(true);
    PlainSgd sgd{0.5, 5e-4};
    std::vector<int> events(15, 0), was_right(15, 0), ever(15, 0);
    for (uint64_t epoch = 0; epoch < 12; ++epoch) {
      auto shuffle = vision::make_generator(node.run.stream("order", epoch));
      const auto order = at::randperm(15, shuffle, at::kLong);
      for (uint64_t step = 0; step < 3; ++step) {
        const auto chosen = order.narrow(0, static_cast<int64_t>(step) * 5, 5);
        auto random = vision::make_generator(node.run.stream("augment", epoch, step));
        const auto flips = at::rand({5}, random, at::kFloat) < 0.5;
        auto x = data.images.images.index_select(0, chosen).to(at::kFloat) / 255;
        x = at::where(flips.view({-1, 1, 1, 1}), x.flip(3), x);
        nn::PassOptions training;
        training.mode = nn::Mode::train;
        nn::Pass pass(weights, training);
        const auto logits = net.logits(pass, net.features(pass, data.images.normalization.apply(x)), 3);
        const auto labels = data.images.labels.index_select(0, chosen);
        for (int64_t i = 0; i < 5; ++i) {
          const auto image = static_cast<size_t>(chosen[i].item<int64_t>());
          const bool right = logits[i].argmax().item<int64_t>() == labels[i].item<int64_t>();
          events[image] += was_right[image] && !right;
          was_right[image] = right;
          ever[image] |= right;
        }
        (-logits.log_softmax(1).gather(1, labels.unsqueeze(1)).mean()).backward();
        sgd.step(weights.parameters(), 0.5);
      }
    }
    EXPECT_GT(*std::max_element(events.begin(), events.end()), 0) << "nothing was unlearned: the test shows nothing";
    std::vector<int64_t> expected;
    for (int64_t label = 0; label < 3; ++label) {
      std::vector<int64_t> own;
      for (int64_t i = 0; i < 15; ++i)
        if (data.images.labels[i].item<int64_t>() == label) own.push_back(i);
      const auto rank = [&](int64_t i) {
        const auto at_ = static_cast<size_t>(i);
        return never_first && !ever[at_] ? 1000 : events[at_];
      };
      std::stable_sort(own.begin(), own.end(), [&](int64_t a, int64_t b) { return rank(a) > rank(b); });
      expected.insert(expected.end(), own.begin(), own.begin() + 3);
    }
    EXPECT_EQ(positions(output), expected) << never_first;
  }
}

}  // namespace
}  // namespace retort::test
