#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "support/fake_run.h"
#include "support/tiny_teacher.h"

namespace retort {
namespace {

TEST(TeacherAgreement, CountsImagesInTheirClass) {
  test::NodeRun node("evaluate.teacher_agreement", Json::object());
  const auto data = test::tiny_data(3, 7, 4);
  node.input("classifier", {test::tiny_teacher(3, 1)}).input("images", {data}).go();
  const auto metrics = node.output("metrics").meta;

  at::NoGradGuard no_grad;
  const auto model = test::tiny_model(3, 1);
  const auto images = read_images(data);
  const auto shares = at::softmax(model(images.normalised(model.normalization())).logits, 1);
  int64_t right = 0, right_of_one = 0;
  double confidence = 0;
  for (int64_t i = 0; i < 21; ++i) {
    const int64_t label = images.labels[i].item<int64_t>(), best = shares[i].argmax().item<int64_t>();
    right += label == best;
    right_of_one += label == 1 && best == 1;
    confidence += shares[i][label].item<double>();
  }
  EXPECT_NEAR(metrics.at("agreement").get<double>(), 100.0 * static_cast<double>(right) / 21, 1e-9);
  EXPECT_NEAR(metrics.at("agreement.class1").get<double>(), 100.0 * static_cast<double>(right_of_one) / 7, 1e-9);
  EXPECT_NEAR(metrics.at("confidence_in_class").get<double>(), confidence / 21, 1e-4);
}

}  // namespace
}  // namespace retort
