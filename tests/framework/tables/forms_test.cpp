// What people read of a table, to the sign: every character that LaTeX, CSV and Markdown give a meaning, the confidence
// that was asked for, and which way a difference goes.
#include <gmock/gmock.h>

#include "tables/write.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

Observation there(double value) {
  Observation one;
  one.state = ResultState::there;
  one.value = value;
  return one;
}

/// One row with this name, one column with that.
Table table_of(const std::string& row, const std::string& column) {
  Table table;
  table.title = "T";
  table.labels = {"name"};
  table.columns = table.metrics = {column};
  table.rows = {{row}};
  table.flags.resize(1);
  table.stats = {"mean"};
  TableCell cell;
  cell.observations = {there(2)};
  cell.summary = summary_of(cell.values(), 0.95);
  table.cells = {{cell}};
  return table;
}

std::string line(const std::string& text, size_t number) {
  size_t begin = 0;
  for (; number > 0; --number) begin = text.find('\n', begin) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

TEST(Latex, EscapesEveryCharacterThatMeansSomethingToIt) {
  const std::vector<std::pair<std::string, std::string>> pairs = {{"a & b", "a \\& b"},
                                                                  {"5 %", "5 \\%"},
                                                                  {"$x$", "\\$x\\$"},
                                                                  {"#1", "\\#1"},
                                                                  {"a_b", "a\\_b"},
                                                                  {"{a}", "\\{a\\}"},
                                                                  {"~", "\\textasciitilde{}"},
                                                                  {"^", "\\textasciicircum{}"},
                                                                  {"\\", "\\textbackslash{}"},
                                                                  {"±", "$\\pm$"},
                                                                  {"Δ", "$\\Delta$"},
                                                                  {"plain-1.5", "plain-1.5"}};
  for (const auto& [text, escaped] : pairs) {
    const std::string latex = to_latex(table_of(text, text));
    EXPECT_EQ(line(latex, 3), "name & " + escaped + " \\\\") << text;
    EXPECT_EQ(line(latex, 5), escaped + " & 2 \\\\") << text;
  }
}

TEST(Csv, QuotesCommasQuotesAndLineEndsAndNothingElse) {
  const std::vector<std::pair<std::string, std::string>> pairs = {{"a,b", "\"a,b\""},
                                                                  {"say \"x\"", "\"say \"\"x\"\"\""},
                                                                  {"two\nlines", "\"two\nlines\""},
                                                                  {"\"", "\"\"\"\""},
                                                                  {"a;b c", "a;b c"}};
  for (const auto& [text, quoted] : pairs) {
    const std::string csv = to_csv(table_of(text, "a"));
    EXPECT_EQ(csv, "name,a,a std,a n,a low,a high,a state\n" + quoted + ",2.0,,1,,,there\n") << text;
    EXPECT_THAT(to_long_csv(table_of(text, "a")), HasSubstr("\n" + quoted + ",a,a,,there,2.0,,,\n")) << text;
  }
}

TEST(Markdown, EscapesWhatWouldBeMarkup) {
  for (const auto& [text, escaped] : std::vector<std::pair<std::string, std::string>>{
           {"a|b", "a\\|b"}, {"a*b", "a\\*b"}, {"a_b", "a\\_b"}, {"<b>", "&lt;b>"}, {"a\nb", "a b"}}) {
    const std::string markdown = to_markdown(table_of(text, text));
    EXPECT_THAT(markdown, HasSubstr("| name | " + escaped + " |\n")) << text;
    EXPECT_THAT(markdown, HasSubstr("\n| " + escaped + " | 2 |\n")) << text;
  }
}

TEST(Remarks, TellTheConfidenceThatWasAskedFor) {
  for (const auto& [confidence, percent] :
       std::vector<std::pair<double, std::string>>{{0.95, "95 %"}, {0.9, "90 %"}, {0.99, "99 %"}, {0.995, "99.5 %"}}) {
    Table table = table_of("x", "a");
    table.confidence = confidence;
    table.stats = {"mean", "ci"};
    table.cells[0][0].best = true;
    table.cells[0][0].difference = summary_of({1, 2}, confidence);
    const auto all = remarks(table);
    ASSERT_EQ(all.size(), 3u);
    for (const auto& remark : all) EXPECT_THAT(remark, HasSubstr(percent)) << remark;
    EXPECT_EQ(to_json(table)["confidence"], confidence);
  }
}

TEST(TableCell, ADifferenceHasItsSign) {
  const auto text = [](double value) {
    TableCell cell;
    cell.observations = {there(2)};
    cell.summary = summary_of(cell.values(), 0.95);
    cell.difference = summary_of({value}, 0.95);
    return to_text(cell, {"mean"});
  };
  EXPECT_EQ(text(1.5), "2, Δ +1.5");
  EXPECT_EQ(text(-1.5), "2, Δ -1.5");
  EXPECT_EQ(text(0), "2, Δ +0");
}

TEST(Statistics, TheIntervalWidensWithTheConfidence) {
  // Student's t with two degrees of freedom: 2.920, 4.303, 9.925 (tables of any book).
  for (const auto& [confidence, t] :
       std::vector<std::pair<double, double>>{{0.9, 2.920}, {0.95, 4.303}, {0.99, 9.925}}) {
    const Summary summary = summary_of({1, 2, 3}, confidence);
    EXPECT_NEAR(*summary.interval, t / std::sqrt(3.0), 1e-3) << confidence;
    EXPECT_NEAR(summary.low(), 2 - *summary.interval, 1e-12);
    EXPECT_NEAR(summary.high(), 2 + *summary.interval, 1e-12);
  }
  EXPECT_EQ(summary_of({1, 1.1, 1.2}, 0.95).sign(), 1);
  EXPECT_EQ(summary_of({-1, -1.1, -1.2}, 0.95).sign(), -1);
  EXPECT_EQ(summary_of({-1, 1}, 0.95).sign(), 0);
  EXPECT_EQ(summary_of({5}, 0.95).sign(), 0) << "one value has no interval";
}

}  // namespace
}  // namespace retort
