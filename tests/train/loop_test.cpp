// The training loop on a problem of two numbers: resuming, the order of events, and values that are not numbers.
#include "train/loop.h"

#include <ATen/ATen.h>

#include "support/fake_run.h"
#include "train/batches.h"
#include "vision/draw.h"

namespace retort::train {
namespace {

using test::FakeRun;

/// Least squares with noisy targets drawn from the run's streams.
struct Problem {
  explicit Problem(FakeRun& r) : run(r), curves(r) {
    task.groups = {ParameterGroup{.parameters = {{"w", w}}}};
    task.state = {{"w", w}, {"seen", seen}};
    task.curves = &curves;
    task.loss = [this](const Position& at) {
      auto random = vision::make_generator(run.stream("noise", uint64_t(at.epoch), uint64_t(at.step)));
      return (w - at::randn({2}, random, at::kFloat)).pow(2).sum();
    };
    task.after_step = [this](const Position&) { seen.add_(1); };
  }
  FakeRun& run;
  at::Tensor w = at::ones({2}).requires_grad_(true), seen = at::zeros({}, at::kLong);
  Curves curves;
  Task task;
};

LoopSettings settings() {
  LoopSettings s;
  s.epochs = 6;
  s.checkpoint_seconds = 0;
  s.lr = 0.05;
  return s;
}

const LoopOptions kLookOften{.check_every = 3};

TEST(Loop, AResumedRunIsTheUninterruptedOneBitForBit) {
  for (const char* type : {"sgd", "adamw"}) {
    auto s = settings();
    s.optimizer.type = type;
    FakeRun whole_run("t", test::fresh_folder("whole")), cut_run("t", test::fresh_folder("cut"));
    Problem whole(whole_run);
    train(whole_run, whole.task, s, 5, kLookOften);

    cut_run.cancel_at = 17;  // within the fourth epoch
    Problem first(cut_run);
    EXPECT_THROW(train(cut_run, first.task, s, 5, kLookOften), Error);
    Problem second(cut_run);
    train(cut_run, second.task, s, 5, kLookOften);
    EXPECT_TRUE(at::equal(whole.w, second.w)) << type;
    EXPECT_EQ(second.seen.item<int64_t>(), 30);
    EXPECT_EQ(whole.curves.text(), second.curves.text());
  }
}

TEST(Loop, CallsInOrderAndReports) {
  FakeRun run("t", test::fresh_folder("run"));
  Problem problem(run);
  std::string order;
  const auto loss = problem.task.loss;
  problem.task.loss = [&](const Position& at) { return order += 'l', loss(at); };
  problem.task.after_backward = [&](const Position&) { order += problem.w.grad().defined() ? 'b' : '?'; };
  problem.task.after_step = [&](const Position&) { order += problem.w.grad().defined() ? '?' : 's'; };
  std::vector<int64_t> epochs;
  problem.task.after_epoch = [&](const EpochReport& report) {
    order += report.last ? 'E' : 'e';
    epochs.push_back(report.epoch);
  };
  auto s = settings();
  s.epochs = 2;
  train(run, problem.task, s, 2);
  EXPECT_EQ(order, "lbslbselbslbsE");
  EXPECT_EQ(epochs, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(run.done, 4);
  EXPECT_EQ(run.total, 4);
  EXPECT_DOUBLE_EQ(run.metrics["lr"][1].second, 0.025);
}

TEST(Loop, SaysWhereTheLossStoppedBeingANumber) {
  FakeRun run("t", test::fresh_folder("run"));
  Problem problem(run);
  problem.task.loss = [&](const Position& at) {
    return problem.w.sum() * (at.index() == 7 ? std::nan("") : 0.0) + 2.5;
  };
  try {
    train(run, problem.task, settings(), 5, {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_a_number);
    EXPECT_STREQ(error.what(), "the loss is not a number in epoch 1, step 2; the last good value was 2.500000");
  }
}

TEST(Loop, ClipsTheWholeGradient) {
  FakeRun run("t", test::fresh_folder("run"));
  Problem problem(run);
  problem.task.loss = [&](const Position&) { return 30 * problem.w[0] + 40 * problem.w[1]; };
  auto s = settings();
  s.epochs = 1;
  s.lr = 1;
  s.clip = 0.5;
  train(run, problem.task, s, 1);
  EXPECT_TRUE(at::allclose(problem.w.detach(), at::tensor({0.7f, 0.6f}), 0, 1e-6));
}

TEST(Batches, EveryImageOnceAnEpochAndOrderFromTheSeed) {
  const auto make = [](bool drop) { return Batches(10, 4, drop, [](int64_t epoch) { return uint64_t(epoch); }); };
  auto a = make(false), b = make(false), dropping = make(true);
  EXPECT_EQ(a.steps(), 3);
  EXPECT_EQ(dropping.steps(), 2);
  const auto epoch = at::cat({a.indices(3, 0), a.indices(3, 1), a.indices(3, 2)});
  EXPECT_TRUE(at::equal(std::get<0>(epoch.sort()), at::arange(10, at::kLong)));
  b.indices(1, 2);
  EXPECT_TRUE(at::equal(b.indices(3, 1), a.indices(3, 1))) << "what was asked before changed the order";
  EXPECT_FALSE(at::equal(a.indices(4, 0), a.indices(3, 0)));
  try {
    Batches(3, 4, true, {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "\"batch\" 4 is larger than the data set (3 images), and incomplete batches are dropped");
  }
}

}  // namespace
}  // namespace retort::train
