// Options of `data`, `plugin`, `kind`, and the commands without a graph.
#include "framework/cli/options/effects.h"

namespace retort {

using ::testing::HasSubstr;
using ::testing::Not;

Effects other_options() {
  return {
      {"data list --json",
       [](Shop& s) {
         const Json all = Json::parse(s.retort({"data", "list", "--json"}, data_sets(s)).out);
         EXPECT_EQ(all[0]["name"], "small");
         EXPECT_FALSE(Json::accept(s.retort({"data", "list"}, data_sets(s)).out));
       }},
      {"data fetch --from",
       [](Shop& s) { allows(s, {"data", "fetch", "small"}, {"--from", (s.folder / "files").string()}, data_sets(s)); }},
      {"data fetch --url",
       [](Shop& s) {
         EXPECT_THAT(s.seen({"data", "fetch", "small"}, data_sets(s)), HasSubstr("http://127.0.0.1:1/nothing"));
         EXPECT_THAT(s.seen({"data", "fetch", "small", "--url", "http://127.0.0.1:1/else"}, data_sets(s)),
                     HasSubstr("http://127.0.0.1:1/else"));
       }},
      {"plugin list --json", [](Shop& s) { EXPECT_GT(only_json(s, {"plugin", "list"}).size(), 5u); }},
      {"plugin show --json",
       [](Shop& s) { EXPECT_EQ(only_json(s, {"plugin", "show", "test.copy"})[0]["type"], "test.copy"); }},
      {"kind list --json", [](Shop& s) { EXPECT_GT(only_json(s, {"kind", "list"}).size(), 10u); }},
      {"kind show --json",
       [](Shop& s) {
         EXPECT_THAT(only_json(s, {"kind", "show", "metrics"})["written_by"].dump(), HasSubstr("test.score"));
         EXPECT_THAT(s.out({"kind", "show", "text"}), HasSubstr("a plugin's own"));
         EXPECT_THAT(s.seen({"kind", "show", "metric"}), HasSubstr("did you mean \"metrics\"?"));
       }},
      {"plugin new --dir",
       [](Shop& s) {
         s.out({"plugin", "new", "node", "my.blur", "--dir", "mine"});
         EXPECT_TRUE(fs::exists(s.folder.path() / "mine" / "my_blur.cpp"));
       }},
      {"schema --output",
       [](Shop& s) {
         EXPECT_EQ(s.out({"schema", "--output", "schema.json"}), "");
         EXPECT_EQ(read_file(s.folder / "schema.json"), s.out({"schema"}));
       }},
      {"devices --json", [](Shop& s) { EXPECT_GE(only_json(s, {"devices"})["cpu"]["cores"], 1); }},
      {"doctor --store",
       [](Shop& s) {
         EXPECT_THAT(s.seen({"doctor", "--store", s.other()}), HasSubstr("store " + s.other()));
         EXPECT_THAT(s.seen({"doctor"}), Not(HasSubstr(s.other())));
       }},
      {"doctor --json", [](Shop& s) { EXPECT_GT(only_json(s, {"doctor"}).size(), 3u); }},
  };
}

}  // namespace retort
