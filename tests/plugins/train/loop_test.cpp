// The training loop on a problem of two numbers: resuming, the order of events, and values that are not numbers.
#include "train/loop.h"

#include <ATen/ATen.h>

#include "sdk/checkpoint.h"
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

/// A training whose monitors look every fourth epoch and at the end, and whose loss follows a schedule of its own.
struct Watched : Problem {
  Watched(FakeRun& r, const LoopSettings& s) : Problem(r) {
    const auto inner = task.loss;
    task.loss = [this, inner](const Position& at) {
      progress.push_back(at.progress());
      return inner(at) * (1 + at.progress());
    };
    task.after_epoch = [this](const EpochReport& report) {
      if (report.epoch % 4 == 0) curves.add("looked", report.epoch, w.detach().norm().item<double>());
    };
    task.at_end = [this, s] { curves.add("end", s.epochs, w.detach().norm().item<double>()); };
  }
  std::vector<double> progress;
};

/// What the engine does between two runs: the end of the shorter is the start of the longer.
void hand_on(const std::filesystem::path& shorter, const std::filesystem::path& longer) {
  std::filesystem::copy_file(shorter / Checkpoint::kEnd, longer / Checkpoint::kStart);
}

TEST(Loop, ALongerTrainingOfOneHorizonGoesOnFromTheEndOfAShorter) {
  auto s = settings();
  s.schedule.schedule_epochs = 6;
  const auto trained = [&](int64_t epochs, const std::string& name, const std::string& from) {
    s.epochs = epochs;
    const auto folder = test::fresh_folder(name);
    if (!from.empty()) hand_on(folder.parent_path() / from, folder);
    FakeRun run("t", folder);
    auto problem = std::make_unique<Watched>(run, s);
    train(run, problem->task, s, 5, kLookOften);
    return std::tuple(problem->w.detach().clone(), problem->seen.item<int64_t>(), problem->curves.text(),
                      problem->progress);
  };
  const auto [w3, seen3, curves3, progress3] = trained(3, "three", "");
  EXPECT_DOUBLE_EQ(progress3.back(), 14.0 / 30) << "progress is that of the horizon";
  const auto [w, seen, curves, progress] = trained(6, "six", "three");
  EXPECT_EQ(progress.size(), 15u) << "three epochs were there";
  const auto [whole, whole_seen, whole_curves, whole_progress] = trained(6, "whole", "");
  EXPECT_TRUE(at::equal(w, whole));
  EXPECT_EQ(seen, 30);
  EXPECT_EQ(curves, whole_curves) << "what monitors said of the shorter one's end is not the longer one's";
  EXPECT_FALSE(std::filesystem::exists(test::fresh_folder("any").parent_path() / "whole" / Checkpoint::kEnd))
      << "nothing goes on from a training that reached its horizon";

  // Killed between its end and its result: the end is not computed again, and says what it said.
  const auto [again, again_seen, again_curves, again_progress] = trained(3, "again", "three");
  EXPECT_TRUE(again_progress.empty());
  EXPECT_TRUE(at::equal(again, w3));
  EXPECT_EQ(again_curves, curves3);
}

TEST(Loop, BeyondTheHorizonProgressStaysAtOne) {
  auto s = settings();
  s.schedule.schedule_epochs = 4;
  FakeRun run("t", test::fresh_folder("run"));
  Watched problem(run, s);
  train(run, problem.task, s, 5);
  EXPECT_DOUBLE_EQ(problem.progress[19], 19.0 / 20);
  EXPECT_DOUBLE_EQ(problem.progress.back(), 1);
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
    order += 'e';
    epochs.push_back(report.epoch);
  };
  problem.task.at_end = [&] { order += 'E'; };
  auto s = settings();
  s.epochs = 2;
  train(run, problem.task, s, 2);
  EXPECT_EQ(order, "lbslbselbslbseE");
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
  const std::vector<std::pair<int64_t, double>> norms = {{1, 50.0}};
  EXPECT_EQ(problem.curves.all().at("gradient_norm"), norms) << "of the last step of the epoch, before it was clipped";
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
