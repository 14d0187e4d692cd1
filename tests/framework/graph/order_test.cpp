#include "graph/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace retort {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Edges = std::vector<std::pair<size_t, size_t>>;

TEST(Order, PutsEveryNodeAfterWhatItNeedsAndKeepsTheRest) {
  EXPECT_THAT(topological_order(0, {}).nodes, IsEmpty());
  EXPECT_THAT(topological_order(4, {}).nodes, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(topological_order(4, {{0, 2}, {2, 3}, {1, 0}}).nodes, ElementsAre(3, 2, 0, 1));
}

TEST(Order, OfRandomGraphsHolds) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    const size_t count = 2 + random() % 40;
    std::vector<size_t> names(count), place(count);
    std::iota(names.begin(), names.end(), 0);
    std::shuffle(names.begin(), names.end(), random);
    Edges edges;
    for (int i = 0; i < 80; ++i) {
      const size_t a = random() % count, b = random() % count;
      if (a < b) edges.emplace_back(names[b], names[a]);
    }
    const Order order = topological_order(count, edges);
    ASSERT_EQ(order.nodes.size(), count);
    for (size_t i = 0; i < count; ++i) place[order.nodes[i]] = i;
    for (const auto& [node, needs] : edges) EXPECT_LT(place[needs], place[node]);
  }
}

TEST(Order, NamesEachCycleWhole) {
  const Order order = topological_order(7, {{0, 1}, {1, 2}, {2, 0}, {2, 1}, {3, 2}, {4, 4}, {5, 6}});
  EXPECT_THAT(order.nodes, IsEmpty());
  ASSERT_EQ(order.cycles.size(), 2u);
  EXPECT_THAT(order.cycles[0], ElementsAre(0, 2, 1));  // 0 needs 1 needs 2 needs 0: data go 0, 2, 1
  EXPECT_THAT(order.cycles[1], ElementsAre(4));
}

TEST(Order, OfAVeryLongChain) {
  Edges edges;
  const size_t count = 300000;
  for (size_t i = 0; i + 1 < count; ++i) edges.emplace_back(i, i + 1);
  EXPECT_EQ(topological_order(count, edges).nodes.front(), count - 1);
}

}  // namespace
}  // namespace retort
