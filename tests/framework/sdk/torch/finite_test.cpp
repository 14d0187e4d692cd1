#include "sdk/torch/finite.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/json_numbers.h"
#include "core/temporary_folder.h"
#include "sdk/torch/tensor_file.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

/// What a call throws; "nothing" if it does not.
template <class Call>
std::string thrown(ErrorKind kind, Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "nothing";
}

TEST(Finite, EachTypeIsLookedAtAndTheFirstPlaceIsNamed) {
  for (const auto type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16}) {
    at::Tensor values = at::ones({2, 3}, type);
    EXPECT_FALSE(not_finite(values)) << type;
    values[1][2] = std::numeric_limits<double>::infinity();
    EXPECT_EQ(not_finite(values).value_or(""), "has 1 of 6 values that are not finite, the first inf at [1, 2]");
    values[0][1] = std::nan("");
    EXPECT_EQ(not_finite(values).value_or(""), "has 2 of 6 values that are not finite, the first NaN at [0, 1]");
  }
  EXPECT_EQ(not_finite(at::full({}, -std::numeric_limits<double>::infinity())).value_or(""),
            "has 1 of 1 values that are not finite, the first -inf");
  EXPECT_FALSE(not_finite(at::empty({0, 3})));
  EXPECT_FALSE(not_finite(at::arange(4, at::kLong)));
}

TEST(Finite, NoTensorFileHoldsWhatIsNoNumber) {
  TemporaryFolder folder;
  EXPECT_EQ(
      thrown(
          ErrorKind::not_a_number,
          [&] { write_tensors(folder / "x.safetensors", {{"a", at::ones({2})}, {"b", at::full({2}, std::nan(""))}}); }),
      "x.safetensors: \"b\" has 2 of 2 values that are not finite, the first NaN at [0]");
}

TEST(Finite, NumbersOfMetaAreFoundWhereverTheyAre) {
  EXPECT_EQ(not_finite_in({{"a", 1.5}, {"b", {{"c", {1.0, std::nan("")}}}}}).value_or(""), "b.c[1]");
  EXPECT_EQ(not_finite_in({{"loss", std::numeric_limits<double>::infinity()}}).value_or(""), "loss");
  EXPECT_FALSE(not_finite_in({{"a", 1}, {"b", "nan"}, {"c", nullptr}}));
}

TEST(Labels, AreWholeNumbersOfTheClassesThereAre) {
  const auto refusal = [](const at::Tensor& labels, size_t classes) {
    return thrown(ErrorKind::data, [&] { check_labels(labels, classes, "x"); });
  };
  EXPECT_EQ(refusal(at::tensor({0, 2}, at::kLong), 3), "nothing");
  EXPECT_EQ(refusal(at::tensor({0, 3}, at::kLong), 3), "x: \"labels\" go from 0 to 3; the classes are 0 to 2");
  EXPECT_EQ(refusal(at::tensor({-1, 2}, at::kLong), 0), "x: \"labels\" go from -1 to 2; the classes are 0 to any");
  EXPECT_THAT(refusal(at::zeros({2}), 3), HasSubstr("are of type Float, not whole numbers"));
  EXPECT_EQ(refusal(at::empty({0}, at::kLong), 3), "nothing");
}

}  // namespace
}  // namespace retort
