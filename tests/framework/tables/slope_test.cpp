// Tables of slopes: how fast a metric grows along an axis, beside the same of another row.
#include "tables/slope.h"

#include <gmock/gmock.h>

#include "framework/tables/swept.h"
#include "tables/choose.h"
#include "tables/write.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// Kinds × widths × seeds; node (kind · widths + width) · seeds + seed.
struct SlopedSweep : Swept {
  size_t widths, seeds;

  SlopedSweep(const std::vector<std::string>& names, size_t seed_count) : Swept(names, seed_count) {
    widths = names.size(), seeds = seed_count;
    graph.axes[0].name = "width";
    graph.axes.push_back({"kind", {"plain", "fast"}, "plain", {"score.params.epochs"}});
    for (auto& node : graph.nodes) {
      node.cell["width"] = node.cell.at("source"), node.cell.erase("source");
      node.cell["kind"] = "plain";
    }
    const auto plain = graph.nodes;
    for (auto node : plain) {
      node.cell["kind"] = "fast", node.params["epochs"] = 20, node.name += "fast";
      graph.nodes.push_back(node);
    }
    auto& spec = graph.tables[0];
    spec.rows = {"kind"};
    spec.stats = {"mean", "ci", "n"};
    spec.baseline = {{"kind", "plain"}};
    spec.slope = SlopeSpec{"width", {}, true};
    for (size_t i = 0; i < names.size(); ++i) spec.slope->at[names[i]] = static_cast<double>(i);
  }
  void publish_at(size_t kind, size_t width, size_t seed, double value) {
    publish((kind * widths + width) * seeds + seed, value);
  }
};

TEST(Slope, LeastSquaresOfKnownPoints) {
  EXPECT_DOUBLE_EQ(least_squares_slope({{0, 1}, {1, 3}, {2, 5}}), 2);
  // x about their mean 2: -2, -1, 3; products with 1, 2, 6: 14; squares: 14
  EXPECT_DOUBLE_EQ(least_squares_slope({{0, 1}, {1, 2}, {5, 6}}), 1);
  EXPECT_DOUBLE_EQ(least_squares_slope({{0, 0}, {1, 3}, {2, 0}}), 0);
}

TEST(Slope, ABootstrapStaysWithinTheRangeOfItsValues) {
  const Summary summary = bootstrap_of({1, 2, 6}, 0.95);
  EXPECT_DOUBLE_EQ(summary.mean, 3);
  EXPECT_DOUBLE_EQ(summary.low(), 1) << "all three draws are 1 in one of 27 resamples, more than 2.5 %";
  EXPECT_DOUBLE_EQ(summary.high(), 6);
  EXPECT_EQ(summary.sign(), 1);
  EXPECT_NEAR(*summary.interval, 2.5, 1e-12);
  // Of many values it is that of the normal distribution: 1.96 standard errors (the deviation of 0 to 99 is 29.0).
  std::vector<double> many;
  for (int i = 0; i < 100; ++i) many.push_back(i);
  const Summary wide = bootstrap_of(many, 0.95);
  EXPECT_NEAR(wide.low(), 49.5 - 1.96 * 2.9, 0.4);
  EXPECT_NEAR(wide.high(), 49.5 + 1.96 * 2.9, 0.4);
  EXPECT_EQ(bootstrap_of(many, 0.95).low(), wide.low()) << "equal values, equal bytes";
  EXPECT_GT(bootstrap_of(many, 0.5).low(), wide.low());
}

TEST(Slope, OneValueHasNoInterval) {
  EXPECT_FALSE(bootstrap_of({5}, 0.95).interval);
  EXPECT_EQ(bootstrap_of({5}, 0.95).sign(), 0);
  EXPECT_EQ(bootstrap_of({}, 0.95).n, 0u);
}

TEST(SlopeTable, EachReplicateHasASlopeAndRowsAreComparedSeedBySeed) {
  SlopedSweep swept({"8", "16", "32"}, 3);
  const double offset[] = {0, 10, 30};
  for (size_t seed = 0; seed < 3; ++seed)
    for (size_t width = 0; width < 3; ++width) {
      const auto x = static_cast<double>(width), s = static_cast<double>(seed);
      swept.publish_at(0, width, seed, offset[seed] + (1 + s) * x);
      swept.publish_at(1, width, seed, offset[seed] + (3 + s) * x);
    }
  const Table table = swept.table();
  ASSERT_EQ(table.rows, (std::vector<std::vector<std::string>>{{"plain"}, {"fast"}}));
  const TableCell &plain = table.cells[0][0], &fast = table.cells[1][0];
  EXPECT_THAT(*plain.slopes, ElementsAre(Pair("0", 1), Pair("1", 2), Pair("2", 3)));
  EXPECT_DOUBLE_EQ(fast.summary.mean, 4);
  EXPECT_DOUBLE_EQ(fast.difference->mean, 2) << "the seeds' own slopes cancel";
  EXPECT_DOUBLE_EQ(fast.difference->low(), 2);
  EXPECT_DOUBLE_EQ(plain.summary.low(), 1);
  EXPECT_DOUBLE_EQ(plain.summary.high(), 3);
  EXPECT_THAT(to_text(table), HasSubstr("slope of acc"));
  EXPECT_THAT(to_text(table), HasSubstr("slopes over log2 of width (8: 0, 16: 1, 32: 2), least squares"));
  const Json cell = to_json(table)["rows"][1]["cells"]["slope of acc"];
  EXPECT_EQ(cell["values"], Json::parse("[3.0, 4.0, 5.0]"));
  EXPECT_EQ(cell["expected"], 3);
  EXPECT_EQ(cell["results"][0]["point"], "8");
}

TEST(SlopeTable, AReplicateWithoutAllPointsHasNoSlope) {
  SlopedSweep swept({"8", "16", "32"}, 2);
  for (size_t width = 0; width < 3; ++width) swept.publish_at(0, width, 0, static_cast<double>(width));
  swept.publish_at(0, 0, 1, 100), swept.publish_at(0, 1, 1, 0);
  const Table table = swept.table();
  EXPECT_DOUBLE_EQ(table.cells[0][0].summary.mean, 1) << "seed 1 lacks its last point";
  EXPECT_THAT(to_text(table), HasSubstr("1 (n=1 of 2: 1 missing)"));
  EXPECT_THAT(to_text(table), HasSubstr("missing"));
}

TEST(SlopeTable, AnAxisThatTheCommandLineNamesIsARowAgain) {
  SlopedSweep swept({"8", "16"}, 1);
  TableChoice choice;
  choice.columns = {"width"};
  const auto specs = chosen_tables(swept.graph, choice);
  EXPECT_FALSE(specs[0].slope);
  EXPECT_TRUE(chosen_tables(swept.graph, {})[0].slope);
}

TEST(SlopeTable, TheSteepestRowIsBestOnlyIfTheIntervalsSaySo) {
  SlopedSweep swept({"8", "16"}, 3);
  swept.graph.tables[0].best = "max";
  for (size_t seed = 0; seed < 3; ++seed) {
    const auto s = static_cast<double>(seed);
    swept.publish_at(0, 0, seed, 0), swept.publish_at(0, 1, seed, 1 + s);
    swept.publish_at(1, 0, seed, 0), swept.publish_at(1, 1, seed, 2 + s);
  }
  EXPECT_TRUE(swept.table().cells[1][0].best);
  SlopedSweep unsure({"8", "16"}, 3);
  unsure.graph.tables[0].best = "max";
  for (size_t seed = 0; seed < 3; ++seed) {
    const auto s = static_cast<double>(seed);
    unsure.publish_at(0, 0, seed, 0), unsure.publish_at(0, 1, seed, 1 + s);
    unsure.publish_at(1, 0, seed, 0), unsure.publish_at(1, 1, seed, 4 - s);
  }
  EXPECT_FALSE(unsure.table().cells[1][0].best) << "its difference is 3, 1 and -1";
}

}  // namespace
}  // namespace retort
