// Options of `plan`, `validate`, `why` and `carry`.
#include "framework/cli/options/effects.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Plugins whose code is said to be other than what the results were made with.
Before other_code(Shop& shop) {
  const fs::path plugins = shop.folder / "changed";
  if (!fs::exists(plugins)) {
    fs::copy(TEST_PLUGINS, plugins);
    for (const char* name : {"test_text", "test_copy", "test_train", "test_score"}) {
      Json manifest = Json::parse(read_file(plugins / (std::string(name) + ".json")));
      manifest["code"]["identity"] = std::string(64, 'a');
      for (auto& digest : manifest["code"]["files"]) digest = std::string(64, 'b');
      write_file(plugins / (std::string(name) + ".json"), manifest.dump());
    }
  }
  return [plugins] { setenv("RETORT_PLUGIN_PATH", plugins.c_str(), 1); };
}

const Words kCarry{"carry", "g.json", "--on-my-word", "harmless", "--dry-run"};

}  // namespace

Effects plan_options() {
  static const Words plan{"plan", "g.json"}, why{"why", "g.json"};
  return {
      // plan
      {"plan --set", [](Shop& s) { shows(s, plan, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"plan --sweep", [](Shop& s) { shows(s, plan, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"plan --add-seeds", [](Shop& s) { shows(s, plan, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"plan --store", [](Shop& s) { reads_other_store(s, plan); }},
      {"plan --device", [](Shop& s) { hides(s, plan, {"--device", "cpu"}, "cuda", a_card); }},
      {"plan --only",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.planned({"--only", "d"}), (NameSet{"a", "d"}));
       }},
      {"plan --only-failed",
       [](Shop& s) {
         one_that_fails_once(s);
         s.ran({}, 1);
         EXPECT_EQ(s.planned({"--only-failed"}), (NameSet{"bad"}));
       }},
      {"plan --from",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.planned({"--from", "b"}), (NameSet{"a", "b", "c"}));
       }},
      {"plan --until",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.planned({"--until", "b"}), (NameSet{"a", "b"}));
       }},
      {"plan --json", [](Shop& s) { EXPECT_EQ(only_json(s, plan)["hit"], 7); }},
      {"plan --check",
       [](Shop& s) {
         EXPECT_EQ(s.retort(plan + Words{"--check"}).code, 0);
         EXPECT_EQ(s.retort(plan + Words{"--check", "--set", "copy.suffix=?"}).code, 3);
         EXPECT_EQ(s.retort(plan + Words{"--set", "copy.suffix=?"}).code, 0);
       }},
      {"plan --page",
       [](Shop& s) {
         const Words many = plan + Words{"--sweep", "copy.times=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15", "--json"};
         const Json all = s.json(many)["nodes"], second = s.json(many + Words{"--page", "2"})["nodes"];
         EXPECT_GT(all.size(), 70u);
         ASSERT_EQ(second.size(), std::min<size_t>(50, all.size() - 50));
         EXPECT_EQ(second[0]["name"], all[50]["name"]);
       }},
      {"plan --all",
       [](Shop& s) {
         const Words many = plan + Words{"--sweep", "copy.times=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"};
         EXPECT_THAT(s.out(many), HasSubstr("page 1 of 2"));
         EXPECT_THAT(s.out(many + Words{"--all"}), Not(HasSubstr("page ")));
       }},

      // validate
      {"validate --set",
       [](Shop& s) { EXPECT_EQ(s.retort({"validate", "g.json", "--set", "copy.times=-1"}).code, 2); }},
      {"validate --device", [](Shop& s) { refuses_an_unknown_device(s, {"validate", "g.json"}); }},
      {"validate --no-files",
       [](Shop& s) {
         s.graph({{"read", {{"type", "test.read"}, {"params", {{"file", "not_there.txt"}}}}}});
         allows(s, {"validate", "g.json"}, {"--no-files"});
       }},
      {"validate --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"validate", "g.json"})[0]["valid"], true); }},

      // why
      {"why --set", [](Shop& s) { shows(s, why, {"--set", "copy.suffix=MARKED"}, "MARKED"); }},
      {"why --sweep", [](Shop& s) { shows(s, why, {"--sweep", "copy.suffix=!,SWEPT"}, "SWEPT"); }},
      {"why --add-seeds", [](Shop& s) { shows(s, why, {"--add-seeds", "1"}, "{offset=1,seed=2}"); }},
      {"why --store", [](Shop& s) { reads_other_store(s, why); }},
      {"why --device", [](Shop& s) { hides(s, why, {"--device", "cpu"}, "cuda", a_card); }},
      {"why --json", [](Shop& s) { only_json(s, why + Words{"--set", "copy.suffix=?"}); }},

      // carry
      {"carry --set", [](Shop& s) { changes(s, kCarry, {"--set", "copy.suffix=?"}, other_code(s)); }},
      {"carry --sweep",
       [](Shop& s) { shows(s, kCarry, {"--sweep", "copy.suffix=!,SWEPT"}, "copy{suffix=!}", other_code(s)); }},
      {"carry --add-seeds",
       [](Shop& s) { allows(s, kCarry + Words{"score{offset=1,seed=2}"}, {"--add-seeds", "1"}, other_code(s)); }},
      {"carry --store", [](Shop& s) { reads_other_store(s, kCarry, other_code(s)); }},
      {"carry --device", [](Shop& s) { refuses_an_unknown_device(s, kCarry); }},
      {"carry --on-my-word",
       [](Shop& s) {
         const Outcome bare = s.retort({"carry", "g.json", "--dry-run"}, other_code(s));
         EXPECT_EQ(bare.code, 1);
         EXPECT_THAT(bare.out, HasSubstr("declares no proof job"));
         EXPECT_THAT(s.retort(kCarry, other_code(s)).out, HasSubstr(": harmless\n"));
       }},
      {"carry --dry-run",
       [](Shop& s) {
         const size_t before = s.store().keys().size();
         EXPECT_THAT(s.retort(kCarry, other_code(s)).out, HasSubstr("would be carried over"));
         EXPECT_EQ(s.store().keys().size(), before);
         EXPECT_EQ(s.retort({"carry", "g.json", "--on-my-word", "harmless"}, other_code(s)).code, 0);
         EXPECT_GT(s.store().keys().size(), before);
       }},
  };
}

}  // namespace retort
