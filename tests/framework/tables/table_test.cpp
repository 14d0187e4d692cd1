#include "tables/table.h"

#include <gmock/gmock.h>

#include "framework/tables/swept.h"
#include "tables/choose.h"
#include "tables/write.h"

namespace retort {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kUsual = {"mean", "std", "n"};

Observation there(double value) {
  Observation one;
  one.state = ResultState::there;
  one.value = value;
  return one;
}

Observation absent(ResultState state) {
  Observation one;
  one.state = state;
  return one;
}

TableCell cell(std::vector<Observation> observations) {
  TableCell one;
  one.observations = std::move(observations);
  one.summary = summary_of(one.values(), 0.95);
  return one;
}

TEST(TableCell, ShowsMeanSampleDeviationAndCount) {
  EXPECT_EQ(to_text(cell({there(1), there(2), there(6)}), kUsual), "3 ± 2.6 (n=3)");
  EXPECT_EQ(to_text(cell({there(0.52341)}), kUsual), "0.5234");
  EXPECT_EQ(to_text(cell({there(1), there(2), there(6)}), {"mean", "ci", "n"}), "3 [-3.572, 9.572] (n=3)");
  EXPECT_EQ(to_text(cell({there(1), there(2), there(6)}), {"mean"}), "3");
}

TEST(Table, NumbersOfAMetricHaveTheDecimalsOfTheMiddleUncertainty) {
  Table table;
  table.labels = {"source"};
  table.columns = {"one", "two", "cost"};
  table.metrics = {"acc", "acc", "cost"};
  table.rows = {{"noise"}, {"real"}, {"full"}};
  table.flags.resize(3);
  table.stats = kUsual;
  table.cells = {{cell({there(10), there(10)}), cell({there(18.26), there(25.44), there(21)}), cell({there(1234.5)})},
                 {cell({there(0.123456)}), cell({there(61.2), there(61.21), there(61.22)}), cell({there(7)})},
                 {cell({there(30), there(33.3)}), cell({}), cell({})}};
  EXPECT_EQ(decimals_of(table, "acc"), 1) << "deviations 0.01, 2.3 and 3.6";
  EXPECT_EQ(decimals_of(table, "cost"), std::nullopt);
  EXPECT_EQ(to_json(table)["decimals"], Json::parse("[1, 1, null]"));
  EXPECT_THAT(to_text(table), AllOf(HasSubstr("10.0 ± 0.0 (n=2)"), HasSubstr("21.6 ± 3.6 (n=3)"),
                                    HasSubstr("61.2 ± 0.0"), HasSubstr("0.1 "), HasSubstr("1234")));
}

TEST(TableCell, ACountThatNeverVariesIsShownInFullAndAlone) {
  auto bytes = cell({there(123104), there(123104), there(123104)});
  EXPECT_EQ(to_text(bytes, kUsual), "123104 (n=3)");
  bytes.difference = summary_of({92384, 92384, 92384}, 0.95);
  EXPECT_EQ(to_text(bytes, kUsual), "123104 (n=3), Δ +92384");
  EXPECT_EQ(to_text(cell({there(10), there(10)}), kUsual, 1), "10.0 ± 0.0 (n=2)") << "others of its column vary";
  EXPECT_EQ(to_text(cell({there(0.5), there(0.5)}), kUsual), "0.5 ± 0 (n=2)");
}

TEST(TableCell, ShowsWhatIsNotThere) {
  const auto missing = absent(ResultState::missing), failed = absent(ResultState::failed);
  auto stale = absent(ResultState::stale);
  EXPECT_EQ(to_text(cell({missing}), kUsual), "missing");
  EXPECT_EQ(to_text(cell({failed, failed}), kUsual), "failed");
  EXPECT_EQ(to_text(cell({failed, missing}), kUsual), "1 failed, 1 missing");
  EXPECT_EQ(to_text(cell({there(0.5), missing, missing}), kUsual), "0.5 (n=1 of 3: 2 missing)");
  EXPECT_EQ(to_text(cell({there(1), there(3), failed}), {"mean"}), "2 (n=2 of 3: 1 failed)");
  EXPECT_EQ(to_text(cell({stale}), kUsual), "stale");
  stale.value = 0.25;
  EXPECT_EQ(to_text(cell({stale, stale}), kUsual), "stale 0.25");
  EXPECT_EQ(to_text(cell({there(1), stale}), kUsual), "1 (n=1 of 2: 1 stale)");
  EXPECT_EQ(to_text(cell({}), kUsual), "");
}

TEST(Table, ReplicatesAreAveragedAndEveryCellIsThere) {
  Swept swept({"noise", "real", "none"}, 2);
  swept.publish(0, 1);
  swept.publish(1, 3);
  swept.publish(2, 5);
  swept.failures["score{source=real,seed=1}"] = "boom";
  EXPECT_EQ(to_text(swept.table()),
            "T\n"
            "source  acc\n"
            "--------------------------------\n"
            "noise   2.0 ± 1.4 (n=2)\n"
            "real    5.0 (n=1 of 2: 1 failed)\n"
            "none    missing\n");
  const Json json = to_json(swept.table());
  const Json& results = json["rows"][1]["cells"]["acc"]["results"];
  EXPECT_EQ(results[1]["problem"], "boom");
  EXPECT_EQ(results[0]["key"].get<std::string>().size(), 64u);
}

TEST(Table, AResultOfOtherParametersIsStale) {
  Swept swept({"noise", "real"}, 1);
  swept.publish(0, 1);
  swept.publish(1, 2);
  swept.graph.nodes[1].params["epochs"] = 20;
  const Table table = swept.table();
  EXPECT_EQ(to_text(table.cells[1][0], kUsual), "stale 2");
  EXPECT_EQ(table.cells[1][0].summary.n, 0u) << "a stale value is in no mean";
}

TEST(Table, RowsThatDifferInWhatIsNoAxisSaySo) {
  Swept swept({"noise", "real", "other"}, 1);
  swept.graph.nodes[1].params["epochs"] = 20;
  swept.graph.nodes[2].threads = 4;
  swept.score.spec.numeric = true;
  swept.publish(0, 1, {}, {{"card", "A"}});
  swept.publish(1, 2, {}, {{"card", "A"}});
  swept.publish(2, 2, {}, {{"card", "B"}});
  const Table table = swept.table();
  EXPECT_THAT(table.flags[0], IsEmpty());
  EXPECT_THAT(table.flags[1], ElementsAre("epochs 10 -> 20 (default)")) << "lr is what the axis changes";
  EXPECT_THAT(table.flags[2], ElementsAre("threads 1 -> 4 (default)", "ran on B, the first row on A"));
  EXPECT_THAT(to_text(table), HasSubstr("! real differs in what is no axis: epochs 10 -> 20 (default)\n"));
}

TEST(Table, DifferencesToTheBaselineArePairedOverSeeds) {
  Swept swept({"noise", "real"}, 3);
  swept.graph.tables[0].baseline = {{"source", "noise"}};
  for (const auto& [node, value] : std::vector<std::pair<size_t, double>>{{0, 10}, {1, 20}, {2, 30}, {3, 11}, {4, 22}})
    swept.publish(node, value);
  const Table table = swept.table();
  EXPECT_TRUE(table.cells[0][0].baseline);
  ASSERT_TRUE(table.cells[1][0].difference);
  EXPECT_EQ(table.cells[1][0].difference->n, 2u) << "only seeds that both have";
  EXPECT_DOUBLE_EQ(table.cells[1][0].difference->mean, 1.5);
  // 12.706 · 0.7071 / sqrt(2)
  EXPECT_NEAR(*table.cells[1][0].difference->interval, 6.353, 1e-3);
  EXPECT_EQ(to_text(table.cells[1][0], {"mean"}), "16.5 (n=2 of 3: 1 missing), Δ +1.5 [-4.853, 7.853]");
}

TEST(Table, TheBestIsMarkedOnlyIfTheIntervalsSaySo) {
  Swept swept({"noise", "real"}, 3);
  swept.graph.tables[0].best = "max";
  const double far[] = {10, 20, 30, 12, 22.1, 31.9}, near[] = {10, 20, 30, 12, 19, 33};
  for (size_t i = 0; i < 6; ++i) swept.publish(i, far[i]);
  EXPECT_FALSE(swept.table().cells[0][0].best);
  EXPECT_TRUE(swept.table().cells[1][0].best);
  EXPECT_THAT(to_text(swept.table()), HasSubstr("(n=3) *\n"));
  swept.graph.tables[0].best = "min";
  EXPECT_TRUE(swept.table().cells[0][0].best);
  swept.graph.tables[0].best = "";
  EXPECT_FALSE(swept.table().cells[1][0].best) << "nobody said which end is good";
  swept.graph.tables[0].best = "max";
  for (size_t i = 0; i < 6; ++i) swept.publish(i, near[i]);
  EXPECT_FALSE(swept.table().cells[1][0].best) << "the mean is higher, the interval holds zero";
}

TEST(Table, OneSeedMakesNoBest) {
  Swept swept({"noise", "real"}, 1);
  swept.graph.tables[0].best = "max";
  swept.publish(0, 1);
  swept.publish(1, 100);
  EXPECT_FALSE(swept.table().cells[1][0].best);
}

/// 100 images of which the first `right` are answered right.
std::vector<bool> first_right(size_t right) {
  std::vector<bool> answers(100, false);
  std::fill_n(answers.begin(), right, true);
  return answers;
}

TEST(Table, TheTestImagesMustSaySoToo) {
  Swept swept({"noise", "real"}, 2);
  swept.graph.tables[0].best = "max";
  swept.graph.tables[0].baseline = {{"source", "noise"}};
  for (const size_t seed : {0u, 1u}) {
    swept.publish(seed, 50, first_right(50));
    swept.publish(2 + seed, 51, first_right(51));
  }
  Table table = swept.table();
  ASSERT_TRUE(table.cells[1][0].image_difference);
  EXPECT_EQ(table.cells[1][0].image_difference->n, 100u);
  EXPECT_DOUBLE_EQ(table.cells[1][0].image_difference->mean, 1);
  EXPECT_EQ(table.cells[1][0].difference->sign(), 1);
  EXPECT_FALSE(table.cells[1][0].best) << "one image of a hundred may be chance, though both seeds agree";
  for (const size_t seed : {0u, 1u}) swept.publish(2 + seed, 70, first_right(70));
  EXPECT_TRUE(swept.table().cells[1][0].best);
}

/// A hundred images each, but of two data sets: image 7 of one is not image 7 of the other.
TEST(Table, PredictionsOfOtherImagesAreNotPaired) {
  const auto differs = [](const char* own, const char* other) {
    Swept swept({"noise", "real"}, 1);
    swept.graph.tables[0].baseline = {{"source", "noise"}};
    swept.publish(0, 50, first_right(50), Json::object(), {{"made_of", {{"images", own}}}});
    swept.publish(1, 60, first_right(60), Json::object(), {{"made_of", {{"images", other}}}});
    return swept.table().cells[1][0].image_difference.has_value();
  };
  EXPECT_TRUE(differs("a", "a"));
  EXPECT_FALSE(differs("a", "b"));
}

TEST(Table, PredictionsThatAreNotTheMetricAreNotUsed) {
  Swept swept({"noise", "real"}, 2);
  swept.graph.tables[0].baseline = {{"source", "noise"}};
  for (const size_t seed : {0u, 1u}) {
    swept.publish(seed, 3.5, first_right(50));
    swept.publish(2 + seed, 2.5, first_right(51));
  }
  EXPECT_FALSE(swept.table().cells[1][0].image_difference);
}

/// Two logits that were close are equal in half precision: 2 of 1,000 answers turned since the accuracy was measured.
TEST(Table, PredictionsMayDifferFromTheMetricByWhatRoundingTurned) {
  const auto of_thousand = [](size_t right) {
    std::vector<bool> answers(1000, false);
    std::fill_n(answers.begin(), right, true);
    return answers;
  };
  Swept swept({"a", "b"}, 1);
  swept.graph.tables[0].baseline = {{"source", "a"}};
  swept.publish(0, 50, of_thousand(502));
  swept.publish(1, 60, of_thousand(600));
  ASSERT_TRUE(swept.table().cells[1][0].image_difference);
  EXPECT_NEAR(swept.table().cells[1][0].image_difference->mean, 9.8, 1e-9);
  Swept apart({"a", "b"}, 1);
  apart.graph.tables[0].baseline = {{"source", "a"}};
  apart.publish(0, 50, of_thousand(504));
  apart.publish(1, 60, of_thousand(600));
  EXPECT_FALSE(apart.table().cells[1][0].image_difference);
}

Table example() {
  Table table;
  table.title = "T_1";
  table.labels = {"loss"};
  table.columns = {"a%", "b"};
  table.metrics = {"a%", "b"};
  table.rows = {{"m|d"}, {"x, \"y\""}};
  table.cells = {{cell({there(1), there(3)}), cell({absent(ResultState::missing)})}, {cell({there(22.5)}), cell({})}};
  table.cells[0][0].best = true;
  table.flags.resize(2);
  table.stats = kUsual;
  return table;
}

TEST(Table, IsAligned) {
  EXPECT_EQ(to_text(example()),
            "T_1\n"
            "loss    a%                 b\n"
            "----------------------------------\n"
            "m|d     2.0 ± 1.4 (n=2) *  missing\n"
            "x, \"y\"  22.5\n"
            "*: better than every other of its column; each 95 % interval of the paired differences excludes 0\n");
}

TEST(Table, IsMarkdown) {
  EXPECT_EQ(
      to_markdown(example()),
      "**T\\_1**\n\n"
      "| loss | a% | b |\n"
      "| --- | --- | --- |\n"
      "| m\\|d | **2.0 ± 1.4 (n=2)** | missing |\n"
      "| x, \"y\" | 22.5 |  |\n"
      "\n- \\*: better than every other of its column; each 95 % interval of the paired differences excludes 0\n");
}

TEST(Table, IsLatex) {
  EXPECT_EQ(to_latex(example()),
            "% T_1\n"
            "\\begin{tabular}{lll}\n\\hline\n"
            "loss & a\\% & b \\\\\n\\hline\n"
            "m|d & \\textbf{2.0 $\\pm$ 1.4 (n=2)} & missing \\\\\n"
            "x, \"y\" & 22.5 &  \\\\\n\\hline\n"
            "\\end{tabular}\n"
            "% *: better than every other of its column; each 95 % interval of the paired differences excludes 0\n");
}

TEST(Table, IsCsvThatSpreadsheetsRead) {
  Table table = example();
  table.columns = table.metrics = {"a"};
  for (auto& row : table.cells) row.resize(1);
  table.cells[0][0].summary.interval = 0.5;
  EXPECT_EQ(to_csv(table),
            "loss,a,a std,a n,a low,a high,a state\n"
            "m|d,2.0,1.4142135623730951,2,1.5,2.5,there\n"
            "\"x, \"\"y\"\"\",22.5,,1,,,there\n");
  EXPECT_EQ(to_long_csv(table),
            "loss,column,metric,replicate,state,value,node,key,problem\n"
            "m|d,a,a,,there,1.0,,,\nm|d,a,a,,there,3.0,,,\n\"x, \"\"y\"\"\",a,a,,there,22.5,,,\n");
}

TEST(Choice, NamesTheNearest) {
  Swept swept({"noise", "real"}, 1);
  const auto said = [&](const TableChoice& choice) -> std::string {
    try {
      chosen_tables(swept.graph, choice);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  TableChoice choice;
  choice.rows = {{"sorce"}};
  EXPECT_EQ(said(choice), "there is no axis \"sorce\"; did you mean \"source\"?");
  choice = {};
  choice.baseline = {"source=nois"};
  EXPECT_EQ(said(choice), "there is no value of source \"nois\"; did you mean \"noise\"?");
  choice.baseline = {"source"};
  EXPECT_EQ(said(choice), "--baseline source: there is no \"=\"; write --baseline axis=value");
  choice = {};
  choice.stats = {{"quartile"}};
  EXPECT_EQ(said(choice), "there is no statistic \"quartile\"; there are: mean, std, ci, n");
  choice = {};
  choice.node = "score";
  EXPECT_TRUE(chosen_tables(swept.graph, choice).at(0).metrics.empty());
  choice.metrics = {"acc"};
  EXPECT_EQ(chosen_tables(swept.graph, choice).size(), 1u);
}

TEST(Choice, AnAxisStandsOnOneSide) {
  Swept swept({"noise", "real"}, 1);
  TableChoice choice;
  choice.columns = {{"source"}};
  const auto specs = chosen_tables(swept.graph, choice);
  EXPECT_THAT(specs[0].rows, IsEmpty());
  EXPECT_THAT(specs[0].columns, ElementsAre("source"));
}

}  // namespace
}  // namespace retort
