#include "match/unroll.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "match/dsa.h"
#include "match/gradients.h"
#include "vision/draw.h"

namespace retort::match {
namespace {

constexpr int64_t kImages = 4, kClasses = 2;

at::Tensor wave(at::IntArrayRef shape, double frequency, double scale = 1) {
  return at::sin(at::arange(1, c10::multiply_integers(shape) + 1, at::kDouble) * frequency).mul(scale).reshape(shape);
}

/// A convolution with instance normalisation, ReLU, pooling and a linear head, in double, on batches of two images.
struct Problem {
  at::Tensor images = wave({kImages, 3, 4, 4}, 0.9).requires_grad_(true);
  at::Tensor labels = at::arange(kImages).remainder(kClasses);
  at::Tensor lr = at::full({}, 0.3, at::kDouble).requires_grad_(true);
  Parameters start = {wave({4, 3, 3, 3}, 1.7, 0.4),   wave({4}, 0.3, 0.2),
                      1 + wave({4}, 0.8, 0.2),        wave({4}, 0.6, 0.3),
                      wave({kClasses, 16}, 2.3, 0.5), wave({kClasses}, 1.1, 0.1)};
  Parameters goal = {wave({4, 3, 3, 3}, 1.2, 0.4),   wave({4}, 0.5, 0.2),
                     1 + wave({4}, 0.9, 0.2),        wave({4}, 0.2, 0.3),
                     wave({kClasses, 16}, 2.9, 0.5), wave({kClasses}, 1.3, 0.1)};
  Dsa augment{"color_crop_scale", true, true};

  InnerLoss loss() const {
    return [this](const Parameters& p, int64_t step) {
      const auto chosen = at::tensor({step % kImages, (step * 2 + 1) % kImages}, at::kLong);
      auto random = vision::make_generator(static_cast<uint64_t>(step));
      const auto seen = augment.apply(images.index_select(0, chosen), augment.draw(2, random));
      auto x = at::conv2d(seen, p[0], p[1], 1, 1);
      x = at::avg_pool2d(at::relu(at::group_norm(x, 4, p[2], p[3])), 2);
      return at::cross_entropy_loss(at::linear(x.flatten(1), p[4], p[5]), labels.index_select(0, chosen));
    };
  }
  Distance distance() const {
    return [this](const Parameters& end) {
      at::Tensor gap = at::zeros({}, at::kDouble), way = at::zeros({}, at::kDouble);
      for (size_t i = 0; i < end.size(); ++i) {
        gap = gap + (end[i] - goal[i]).square().sum();
        way = way + (start[i] - goal[i]).square().sum();
      }
      return gap / way;
    };
  }
  double value(int64_t steps) { return distance()(unroll(loss(), start, lr, steps)).item<double>(); }
  void clear() { images.mutable_grad().reset(), lr.mutable_grad().reset(); }
};

double relative_gap(const at::Tensor& a, const at::Tensor& b) { return ((a - b).norm() / b.norm()).item<double>(); }

TEST(Unroll, GradientIsThatOfFiniteDifferencesAfterTwoSteps) {
  Problem problem;
  problem.distance()(unroll(problem.loss(), problem.start, problem.lr, 2)).backward();
  const auto gradient = problem.images.grad().clone();
  const double lr_gradient = problem.lr.grad().item<double>();

  constexpr double kStep = 1e-5;
  auto moved = [&](at::Tensor& what, const at::Tensor& direction) {
    const auto original = what;
    what = (original.detach() + kStep * direction).requires_grad_(true);
    const double up = problem.value(2);
    what = (original.detach() - kStep * direction).requires_grad_(true);
    const double down = problem.value(2);
    what = original;
    return (up - down) / (2 * kStep);
  };
  for (const double frequency : {0.31, 0.77, 1.9}) {
    const auto direction = wave(problem.images.sizes(), frequency);
    const double analytic = (gradient * direction).sum().item<double>();
    EXPECT_NEAR(analytic, moved(problem.images, direction), 1e-6 * gradient.norm().item<double>());
    EXPECT_GT(std::abs(analytic), 1e-4 * gradient.norm().item<double>());
  }
  EXPECT_NEAR(lr_gradient, moved(problem.lr, at::ones({}, at::kDouble)), 1e-7 * std::abs(lr_gradient) + 1e-10);
}

TEST(Unroll, StepsAreGradientDescent) {
  Problem problem;
  const auto reached = unroll(problem.loss(), problem.start, problem.lr, 2);
  auto parameters = problem.start;
  for (int64_t n = 0; n < 2; ++n) {
    Parameters leaves;
    for (const auto& each : parameters) leaves.push_back(each.detach().clone().requires_grad_(true));
    problem.loss()(leaves, n).backward();
    for (size_t i = 0; i < leaves.size(); ++i) parameters[i] = leaves[i].detach() - 0.3 * leaves[i].grad();
  }
  for (size_t i = 0; i < parameters.size(); ++i)
    EXPECT_LT((reached[i] - parameters[i]).abs().max().item<double>(), 1e-12);
}

TEST(Unroll, NoStepsMatchNothing) {
  Problem problem;
  EXPECT_DOUBLE_EQ(problem.value(0), 1);
}

TEST(DirectGradients, AreThoseWithEveryEarlierStudentDetached) {
  Problem problem;
  constexpr int64_t kSteps = 5;
  // The same steps with one graph: each θ_{n-1} is cut off before its gradient is taken, the sum of updates is not.
  auto at_step = problem.start;
  auto end = problem.start;
  for (int64_t n = 0; n < kSteps; ++n) {
    Parameters fixed;
    for (const auto& each : at_step) fixed.push_back(each.detach().requires_grad_(true));
    const auto gradient = gradients(problem.loss()(fixed, n), fixed, true);
    for (size_t i = 0; i < end.size(); ++i) {
      end[i] = end[i] - problem.lr * gradient[i];
      at_step[i] = (at_step[i] - problem.lr * gradient[i]).detach();
    }
  }
  const auto value = problem.distance()(end);
  value.backward();
  const auto images = problem.images.grad().clone(), lr = problem.lr.grad().clone();
  problem.clear();

  const double got =
      direct_gradients(problem.loss(), problem.distance(), problem.start, problem.lr, kSteps, problem.images);
  EXPECT_NEAR(got, value.item<double>(), 1e-12);
  EXPECT_LT(relative_gap(problem.images.grad(), images), 1e-10);
  EXPECT_LT(relative_gap(problem.lr.grad(), lr), 1e-10);
}

TEST(DirectGradients, EqualTheFullOnesAfterOneStepAndNotAfterTwo) {
  for (const int64_t steps : {1, 2}) {
    Problem problem;
    problem.distance()(unroll(problem.loss(), problem.start, problem.lr, steps)).backward();
    const auto images = problem.images.grad().clone(), lr = problem.lr.grad().clone();
    problem.clear();
    direct_gradients(problem.loss(), problem.distance(), problem.start, problem.lr, steps, problem.images);
    if (steps == 1) {
      EXPECT_LT(relative_gap(problem.images.grad(), images), 1e-10);
      EXPECT_LT(relative_gap(problem.lr.grad(), lr), 1e-10);
    } else {
      EXPECT_GT(relative_gap(problem.images.grad(), images), 1e-3);
    }
  }
}

}  // namespace
}  // namespace retort::match
