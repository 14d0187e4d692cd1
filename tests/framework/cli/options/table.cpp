// Options of `table` and `diff`.
#include "framework/cli/options/effects.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string table(Shop& shop, const Words& more) { return shop.out(Words{"table", "g.json"} + more); }

}  // namespace

Effects table_options() {
  static const Words the_table{"table", "g.json"}, diff{"diff", "g.json", "offset=1,seed=0", "offset=5,seed=0"};
  return {
      // table
      {"table --set",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--set", "copy.suffix=?"}), HasSubstr("stale"));
         EXPECT_THAT(table(s, {}), Not(HasSubstr("stale")));
       }},
      {"table --sweep", [](Shop& s) { shows(s, the_table, {"--sweep", "score.offset=1,5,9"}, "\n9 "); }},
      {"table --add-seeds", [](Shop& s) { shows(s, the_table, {"--add-seeds", "1"}, "n=2 of 3"); }},
      {"table --store", [](Shop& s) { reads_other_store(s, the_table); }},
      {"table --device", [](Shop& s) { refuses_an_unknown_device(s, the_table); }},
      {"table --format",
       [](Shop& s) {
         const std::map<std::string, std::string> marks = {
             {"text", "Scores\noffset  score\n---"}, {"markdown", "| offset | score |"},
             {"latex", "\\begin{tabular}{ll}"},      {"csv", "offset,score,score std,"},
             {"long-csv", "offset,column,metric,"},  {"json", "\"columns\""}};
         for (const auto& [form, mark] : marks) EXPECT_THAT(table(s, {"--format", form}), HasSubstr(mark)) << form;
         EXPECT_EQ(table(s, {}), table(s, {"--format", "text"}));
       }},
      {"table --json", [](Shop& s) { EXPECT_EQ(table(s, {"--json"}), table(s, {"--format", "json"})); }},
      {"table --csv", [](Shop& s) { EXPECT_EQ(table(s, {"--csv"}), table(s, {"--format", "csv"})); }},
      {"table --keys", [](Shop& s) { shows(s, the_table, {"--keys"}, "  there  score{offset=1,seed=0}"); }},
      {"table --node",
       [](Shop& s) {
         EXPECT_EQ(s.retort({"table", "g.json", "--node", "nobody", "--metric", "score"}).code, 2);
         EXPECT_THAT(table(s, {"--node", "score", "--metric", "score"}), Not(HasSubstr("Scores")));
         EXPECT_EQ(table(s, {"--node", "score"}), "score = 1   score{offset=1,seed=0}\n");
       }},
      {"table --metric",
       [](Shop& s) {
         const Outcome outcome = s.retort({"table", "g.json", "--metric", "other"});
         EXPECT_EQ(outcome.code, 2);
         EXPECT_THAT(outcome.err, HasSubstr("the results of score have no metric \"other\"; they have score"));
       }},
      {"table --rows",
       [](Shop& s) {
         EXPECT_EQ(table(s, {"--rows", "offset"}), table(s, {}));
         EXPECT_EQ(s.retort({"table", "g.json", "--rows", "nothing"}).code, 2);
       }},
      {"table --columns", [](Shop& s) { EXPECT_THAT(table(s, {"--columns", "offset"}), HasSubstr("offset=5")); }},
      {"table --stat",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--stat", "mean"}), Not(HasSubstr("±")));
         EXPECT_THAT(table(s, {}), HasSubstr("±"));
       }},
      {"table --confidence",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--stat", "mean,ci"}), HasSubstr("95 %"));
         EXPECT_THAT(table(s, {"--stat", "mean,ci", "--confidence", "0.9"}), HasSubstr("90 %"));
         // t of one degree of freedom: 12.706 and 6.314, times 0.7071 / sqrt(2)
         EXPECT_THAT(table(s, {"--stat", "mean,ci"}), HasSubstr("[-4.9, 7.9]"));
         EXPECT_THAT(table(s, {"--stat", "mean,ci", "--confidence", "0.9"}), HasSubstr("[-1.7, 4.7]"));
       }},
      {"table --baseline", [](Shop& s) { EXPECT_THAT(table(s, {"--baseline", "offset=1"}), HasSubstr("Δ +4")); }},
      {"table --best",
       [](Shop& s) {
         EXPECT_THAT(table(s, {"--best", "max"}), ::testing::ContainsRegex("\n5 [^\n]*\\*\n"));
         EXPECT_THAT(table(s, {"--best", "min"}), ::testing::ContainsRegex("\n1 [^\n]*\\*\n"));
       }},

      // diff
      {"diff --set", [](Shop& s) { shows(s, diff, {"--set", "copy.suffix=?"}, "no result"); }},
      {"diff --sweep",
       [](Shop& s) {
         allows(s, {"diff", "g.json", "offset=1,seed=0", "offset=9,seed=0"}, {"--sweep", "score.offset=1,9"});
       }},
      {"diff --add-seeds",
       [](Shop& s) { allows(s, {"diff", "g.json", "offset=1,seed=0", "offset=1,seed=2"}, {"--add-seeds", "1"}); }},
      {"diff --store", [](Shop& s) { reads_other_store(s, diff); }},
      {"diff --device", [](Shop& s) { refuses_an_unknown_device(s, diff); }},
      {"diff --node",
       [](Shop& s) {
         s.graph({{"a", {{"type", "test.text"}}}, {"b", {{"type", "test.copy"}, {"inputs", {{"from", "a"}}}}}},
                 {{"sweep", {{"axes", {{"times", {{"path", "b.times"}, {"values", {1, 2}}}}}}}}});
         allows(s, {"diff", "g.json", "times=1", "times=2"}, {"--node", "b"});
       }},
      {"diff --json",
       [](Shop& s) {
         const Json json = only_json(s, diff);
         EXPECT_EQ(json["metrics"]["score"], (Json{{"before", 1.0}, {"after", 5.0}}));
         EXPECT_THAT(s.out(diff), HasSubstr("score  1 -> 5  (+4)\n"));
         EXPECT_THAT(s.out({"diff", "g.json", "offset=5,seed=0", "offset=1,seed=0"}),
                     HasSubstr("score  5 -> 1  (-4)\n"));
         EXPECT_THAT(s.out({"diff", "g.json", "offset=5,seed=0", "offset=5,seed=0"}),
                     HasSubstr("score  5 -> 5  (+0)\n"));
       }},
  };
}

}  // namespace retort
