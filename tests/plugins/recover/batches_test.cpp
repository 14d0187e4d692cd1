#include "node/recover/batches.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace retort::recover {
namespace {

using testing::Each;
using testing::ElementsAre;

std::vector<Batch> laid_out(const std::string& layout, int64_t classes, int64_t per_class, int64_t size) {
  return lay_out(layout, classes, per_class, size, at::detail::createCPUGenerator(1));
}

/// Every (class, ordinal) once.
void expect_all(const std::vector<Batch>& batches, int64_t classes, int64_t per_class) {
  std::set<std::pair<int64_t, int64_t>> seen;
  size_t count = 0;
  for (const auto& batch : batches)
    for (size_t i = 0; i < batch.labels.size(); ++i, ++count) seen.insert({batch.labels[i], batch.ordinals[i]});
  EXPECT_EQ(count, static_cast<size_t>(classes * per_class));
  EXPECT_EQ(seen.size(), count);
}

TEST(Batches, OneImageAClassTakesConsecutiveClasses) {
  const auto batches = laid_out("one_image_a_class", 5, 2, 3);
  expect_all(batches, 5, 2);
  ASSERT_EQ(batches.size(), 4u);  // two of three classes, then the two short ones
  EXPECT_THAT(batches[0].labels, ElementsAre(0, 1, 2));
  EXPECT_THAT(batches[0].ordinals, Each(0));
  EXPECT_THAT(batches[1].ordinals, Each(1));
  EXPECT_THAT(batches[2].labels, ElementsAre(3, 4));
  EXPECT_THAT(batches[3].labels, ElementsAre(3, 4));
}

TEST(Batches, ClassMajorKeepsAClassTogether) {
  const auto batches = laid_out("class_major", 3, 4, 4);
  expect_all(batches, 3, 4);
  EXPECT_THAT(batches[1].labels, Each(1));
  EXPECT_THAT(batches[1].ordinals, ElementsAre(0, 1, 2, 3));
}

TEST(Batches, MixedIsAPermutation) {
  const auto batches = laid_out("mixed", 10, 10, 30);
  expect_all(batches, 10, 10);
  ASSERT_EQ(batches.size(), 4u);
  EXPECT_EQ(batches[3].labels.size(), 10u);
  EXPECT_GT((std::set<int64_t>(batches[0].labels.begin(), batches[0].labels.end())).size(), 5u);
}

TEST(Batches, ChunksJoinEqualSizesOnly) {
  const auto batches = laid_out("one_image_a_class", 5, 3, 3);  // sizes 3 3 3 2 2 2
  const auto chunks = chunks_of(batches, 2);
  ASSERT_EQ(chunks.size(), 4u);
  EXPECT_EQ(chunks[0].groups, 2);
  EXPECT_EQ(chunks[1].groups, 1);
  EXPECT_EQ(chunks[2].first, 3);
  EXPECT_EQ(chunks[2].groups, 2);
  EXPECT_EQ(chunks[3].groups, 1);
}

}  // namespace
}  // namespace retort::recover
