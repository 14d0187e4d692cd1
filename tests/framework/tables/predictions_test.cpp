#include "tables/predictions.h"

#include <gmock/gmock.h>

#include "framework/tables/swept.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

std::string file(const Json& header, const std::string& data) {
  const std::string text = header.dump();
  std::string all(8, '\0');
  const uint64_t length = text.size();
  std::memcpy(all.data(), &length, 8);
  return all + text + data;
}

TEST(Predictions, AreRightWhereTheLargestLogitIsTheLabel) {
  EXPECT_THAT(right_answers(predictions_file({true, false, true})), Optional(ElementsAre(true, false, true)));
}

TEST(Predictions, InHalfPrecision) {
  // Halves: 0x3c00 = 1, 0xbc00 = -1, 0x0001 = 6e-8, 0x7c00 = infinity, 0x7e00 = not a number
  const uint16_t logits[] = {0x3c00, 0xbc00, 0x0001, 0xbc00, 0x0000, 0x0001, 0x3c00, 0x7c00, 0x3c00, 0x7e00};
  const int64_t labels[] = {0, 0, 0, 1, 1};
  std::string data(reinterpret_cast<const char*>(logits), sizeof logits);
  data.append(reinterpret_cast<const char*>(labels), sizeof labels);
  const Json header = {{"logits", {{"dtype", "F16"}, {"shape", {5, 2}}, {"data_offsets", {0, 20}}}},
                       {"labels", {{"dtype", "I64"}, {"shape", {5}}, {"data_offsets", {20, 60}}}}};
  EXPECT_THAT(right_answers(file(header, data)), Optional(ElementsAre(true, true, false, true, false)));
}

TEST(Predictions, OfAnotherLayoutAreNotRead) {
  EXPECT_FALSE(right_answers(""));
  EXPECT_FALSE(right_answers("01234567"));
  EXPECT_FALSE(right_answers(file("text", "")));
  const Json far = {{"logits", {{"dtype", "F32"}, {"shape", {1, 2}}, {"data_offsets", {100, 108}}}},
                    {"labels", {{"dtype", "I64"}, {"shape", {1}}, {"data_offsets", {0, 8}}}}};
  EXPECT_FALSE(right_answers(file(far, std::string(16, '\0'))));
  const Json huge = {{"logits", {{"dtype", "F32"}, {"shape", {1ull << 62, 4}}, {"data_offsets", {0, 16}}}},
                     {"labels", {{"dtype", "I64"}, {"shape", {1}}, {"data_offsets", {0, 8}}}}};
  EXPECT_FALSE(right_answers(file(huge, std::string(16, '\0'))));
}

}  // namespace
}  // namespace retort
