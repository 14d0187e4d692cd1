// Options of `run`.
#include "framework/cli/options/effects.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The most nodes that were running at once under these words.
size_t at_once(Shop& shop, const Words& words) {
  EXPECT_EQ(shop.retort(words).code, 0);
  size_t now = 0, most = 0;
  for (const auto& event : shop.events()) {
    if (event.value("ev", "") != "node") continue;
    if (event.value("status", "") == "running") most = std::max(most, ++now);
    if (event.value("status", "") == "done") --now;
  }
  return most;
}

void sleepers(Shop& shop, const std::string& mark) {
  Json nodes = Json::object();
  for (int i = 0; i < 4; ++i)
    nodes["s" + std::to_string(i)] = {
        {"type", "test.sleep"}, {"params", {{"steps", 30}, {"milliseconds", 20}, {"mark", mark + std::to_string(i)}}}};
  shop.graph(nodes);
}

void pictures_go_where_they_are_wanted(Shop& s) {
  const fs::path here = s.folder.path() / "g-drawing.png", there = s.folder.path() / "there" / "g-drawing.png";
  const Json drawing = {{"type", "test.sheet"}};
  s.graph({{"drawing", drawing}}, {{"sweep", {{"replicate", {{"seed", {0, 1}}, {"nodes", {"drawing"}}}}}}});
  s.out({"run", "g.json", "--pictures", "none"});
  EXPECT_FALSE(fs::exists(here));
  fs::create_directory(there.parent_path());
  EXPECT_THAT(s.out({"run", "g.json", "--pictures", "there"}), HasSubstr("picture: there/g-drawing.png"));
  EXPECT_TRUE(fs::exists(there));
  s.out({"run", "g.json"});
  EXPECT_THAT(read_file(here), testing::EndsWith("a sun"));
  s.out({"run", "g.json", "--set", "drawing.text=a moon"});
  EXPECT_THAT(read_file(here), testing::EndsWith("a moon")) << "an older picture of this store is replaced";
  write_file(here, "somebody's own");
  EXPECT_THAT(s.out({"run", "g.json"}), HasSubstr("no picture of drawing{seed=0}: "));
  EXPECT_EQ(read_file(here), "somebody's own");
}

}  // namespace

Effects run_options() {
  return {
      {"run --set", [](Shop& s) { EXPECT_EQ(s.ran({"--set", "copy.suffix=?"})["copy"], "done"); }},
      {"run --sweep", [](Shop& s) { EXPECT_EQ(s.ran({"--sweep", "copy.suffix=!,SWEPT"}).size(), 12u); }},
      {"run --add-seeds",
       [](Shop& s) {
         EXPECT_EQ(s.ran({}).size(), 7u);
         EXPECT_EQ(s.ran({"--add-seeds", "2"}).size(), 11u);
       }},
      {"run --store",
       [](Shop& s) {
         EXPECT_EQ(s.ran({"--store", s.other()})["copy"], "done");
         EXPECT_TRUE(s.other_is_a_store());
         EXPECT_EQ(Store::open(s.other()).keys().size(), kKept);
       }},
      {"run --device",
       [](Shop& s) {
         EXPECT_EQ(s.retort({"run", "g.json", "--device", "cuda"}, [] { setenv("CUDA_VISIBLE_DEVICES", "", 1); }).code,
                   5);
       }},
      {"run --pictures", pictures_go_where_they_are_wanted},
      {"run --only",
       [](Shop& s) {
         four_nodes(s);
         EXPECT_EQ(s.ran({"--only", "d"}).size(), 2u);
         EXPECT_EQ(s.ran({"--only", "d", "--only", "b"}).count("b"), 1u) << "may be repeated";
       }},
      {"run --only-failed",
       [](Shop& s) {
         one_that_fails_once(s);
         EXPECT_EQ(s.ran({}, 1)["bad"], "failed");
         const auto again = s.ran({"--only-failed", "--set", "well.text=new"});
         EXPECT_EQ(again.at("bad"), "done");
         EXPECT_EQ(again.count("well"), 0u);
       }},
      {"run --from",
       [](Shop& s) {
         four_nodes(s);
         const auto all = s.ran({"--from", "b"});
         EXPECT_EQ(all.count("c"), 1u);
         EXPECT_EQ(all.count("d"), 0u);
       }},
      {"run --until",
       [](Shop& s) {
         four_nodes(s);
         const auto all = s.ran({"--until", "b"});
         EXPECT_EQ(all.count("b"), 1u);
         EXPECT_EQ(all.count("c"), 0u);
       }},
      {"run --id",
       [](Shop& s) {
         const std::string id = s.newest();
         fs::remove(s.folder / "g.json");
         EXPECT_THAT(s.out({"run", "--id", id}), HasSubstr("7 already there"));
       }},
      {"run --slots",
       [](Shop& s) {
         sleepers(s, "x");
         EXPECT_EQ(at_once(s, {"run", "g.json", "--slots", "1"}), 1u);
         sleepers(s, "y");
         EXPECT_EQ(at_once(s, {"run", "g.json", "--slots", "4"}), 4u) << "whoever says 4 means 4, also on two cores";
         const std::string id = s.newest();
         EXPECT_EQ(at_once(s, {"run", "--id", id, "--slots", "1", "--set", "s0.mark=a", "--set", "s1.mark=b", "--set",
                               "s2.mark=c"}),
                   1u);
       }},
      {"run --notify",
       [](Shop& s) {
         s.out({"run", "g.json", "--set", "copy.suffix=?", "--notify", "echo $RETORT_EVENT $RETORT_STATUS >> told"});
         EXPECT_EQ(read_file(s.folder / "told"), "end done\n");
       }},
      {"run --stall",
       [](Shop& s) {
         s.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 2500}}}}}});
         s.out({"run", "g.json", "--stall", "1", "--notify", "echo $RETORT_EVENT >> told"});
         EXPECT_EQ(read_file(s.folder / "told"), "stall\nend\n");
       }},
      {"run --stop-at-failure",
       [](Shop& s) {
         // `bad` comes first: the longest path begins with it.
         Json nodes = {{"bad", {{"type", "test.misbehave"}}}};
         std::string from = "bad";
         for (const char* name : {"b1", "b2", "b3"}) {
           nodes[name] = {{"type", "test.copy"}, {"inputs", {{"from", from}}}};
           from = name;
         }
         for (int i = 0; i < 4; ++i)
           nodes["lone" + std::to_string(i)] = {{"type", "test.text"}, {"params", {{"text", std::to_string(i)}}}};
         s.graph(nodes);
         const auto stopped = s.ran({"--slots", "1", "--stop-at-failure"}, 1);
         size_t done = 0;
         for (const auto& [name, status] : stopped) done += status == "done";
         EXPECT_LT(done, 4u);
         const auto whole = s.ran({"--slots", "1"}, 1);
         for (int i = 0; i < 4; ++i) EXPECT_NE(whole.at("lone" + std::to_string(i)), "cancelled");
         EXPECT_EQ(s.store().keys().size(), kKept + 4);
       }},
      {"run --detach",
       [](Shop& s) {
         s.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 30}, {"milliseconds", 20}}}}}});
         EXPECT_THAT(s.out({"run", "g.json", "--detach"}), HasSubstr("goes on in the background"));
         EXPECT_EQ(s.retort({"watch"}).code, 0);
         EXPECT_EQ(s.ran({})["slow"], "hit");
       }},
      {"run --again",
       [](Shop& s) {
         const size_t before = s.store().keys().size();
         EXPECT_THAT(s.out({"run", "g.json", "--again", "copy", "--set", "copy.suffix=?"}),
                     HasSubstr("copy: deterministic"));
         EXPECT_EQ(s.store().keys().size(), before);
       }},
      {"run --plain",
       [](Shop& s) {
         const auto text = [&](const std::string& suffix, const Words& more) {
           return on_terminal(s, Words{"run", "g.json", "--set", "copy.suffix=" + suffix} + more);
         };
         EXPECT_THAT(text("1", {}), HasSubstr("\033["));
         EXPECT_THAT(text("2", {"--plain"}), Not(HasSubstr("\033[")));
       }},
      {"run --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"run", "g.json"})["status"], "done"); }},
  };
}

}  // namespace retort
