// Options of commands that look at results and runs.
#include <fcntl.h>

#include "framework/cli/options/effects.h"
#include "sched/job.h"

namespace retort {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A detached run of a node that does not listen.
void start_deaf(Shop& shop) {
  shop.graph({{"deaf", {{"type", "test.sleep"}, {"params", {{"steps", 1}, {"milliseconds", 60000}}}}}});
  EXPECT_EQ(shop.retort({"run", "g.json", "--detach"}).code, 0);
  Workshop::wait_for([&] {
    for (const auto& event : shop.events())
      if (event.value("status", "") == "running") return true;
    return false;
  });
}

}  // namespace

Effects look_options() {
  return {
      {"ls --set",
       [](Shop& s) {
         for (const auto& node : s.json({"ls", "g.json", "--json", "--set", "copy.suffix=?"}))
           if (node["name"] == "copy") EXPECT_EQ(node["state"], "run");
       }},
      {"ls --store", [](Shop& s) { reads_other_store(s, {"ls"}); }},
      {"ls --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"ls"}).size(), kKept); }},
      {"show --store", [](Shop& s) { reads_other_store(s, {"show", "copy"}); }},
      {"show --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"show", "copy"})["type"], "test.copy"); }},
      {"show --code", [](Shop& s) { shows(s, {"show", "copy"}, {"--code"}, "plugins/copy.cpp "); }},
      {"runs --store", [](Shop& s) { reads_other_store(s, {"runs"}); }},
      {"runs --all",
       [](Shop& s) {
         const fs::path first = s.store_root / "runs" / s.newest();
         for (int i = 0; i < 54; ++i) {
           const fs::path more = first.parent_path() / ("20200101-000000-" + std::to_string(100000 + i));
           fs::copy(first, more);
         }
         const std::string some = s.out({"runs"}), all = s.out({"runs", "--all"});
         EXPECT_EQ(std::count(some.begin(), some.end(), '\n'), 51);
         EXPECT_THAT(some, HasSubstr("\nand 5 earlier (--all)\n"));
         EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 55);
       }},
      {"runs --json",
       [](Shop& s) {
         const Json runs = only_json(s, {"runs"});
         ASSERT_EQ(runs.size(), 1u);
         EXPECT_EQ(runs[0]["run"], s.newest());
         EXPECT_EQ(runs[0]["nodes"], (Json{{"done", 7}}));
       }},
      {"log --node",
       [](Shop& s) {
         EXPECT_EQ(s.out({"log", "--node", "hello"}), "wrote 2 bytes\n");
         EXPECT_NE(s.out({"log"}), "wrote 2 bytes\n");
       }},
      {"log --store", [](Shop& s) { reads_other_store(s, {"log"}); }},
      {"log --json",
       [](Shop& s) {
         const std::string text = s.out({"log", "--json"});
         EXPECT_TRUE(Json::accept(text.substr(0, text.find('\n'))));
         EXPECT_EQ(Json::parse(text.substr(0, text.find('\n')))["ev"], "run");
       }},
      {"watch --store", [](Shop& s) { reads_other_store(s, {"watch"}); }},
      {"watch --plain",
       [](Shop& s) {
         s.graph({{"slow", {{"type", "test.sleep"}, {"params", {{"steps", 60}, {"milliseconds", 20}}}}}});
         s.out({"run", "g.json", "--detach"});
         EXPECT_THAT(on_terminal(s, {"watch"}), HasSubstr("\033["));
         s.out({"run", "g.json", "--detach", "--set", "slow.mark=x"});
         EXPECT_THAT(on_terminal(s, {"watch", "--plain"}), Not(HasSubstr("\033[")));
       }},
      {"cancel --store", [](Shop& s) { reads_other_store(s, {"cancel"}); }},
      {"cancel --now",
       [](Shop& s) {
         start_deaf(s);
         s.out({"cancel", "--now"});
         Workshop::wait_for([&] { return s.is_over(); });
         EXPECT_EQ(s.events().back()["status"], "cancelled");
       }},
      {"debug --run",
       [](Shop& s) {
         s.graph({{"bad", {{"type", "test.misbehave"}}}});
         s.ran({}, 1);
         const std::string first = s.newest();
         s.ran({"--set", "bad.how=exception"}, 1);
         EXPECT_THAT(s.seen({"debug", "bad", "--with", "env"}), HasSubstr("about to fail: exception"));
         EXPECT_THAT(s.seen({"debug", "bad", "--with", "env", "--run", first}), HasSubstr("about to fail: error"));
       }},
      {"debug --graph", [](Shop& s) { allows(s, {"debug", "copy", "--with", "env"}, {"--graph", "g.json"}); }},
      {"debug --set",
       [](Shop& s) {
         s.graph({{"bad", {{"type", "test.misbehave"}}}});
         allows(s, {"debug", "bad", "--graph", "g.json", "--with", "env"}, {"--set", "bad.how=not_at_all"});
       }},
      {"debug --store",
       [](Shop& s) {
         const Words debug{"debug", "copy", "--graph", "g.json", "--with", "env"};
         EXPECT_EQ(s.retort(debug).code, 0);
         EXPECT_NE(s.retort(debug + Words{"--store", s.other()}).code, 0) << "its input is not there";
       }},
      {"debug --with",
       [](Shop& s) {
         EXPECT_THAT(s.seen({"debug", "copy", "--graph", "g.json", "--with", "echo started with"}),
                     HasSubstr("started with "));
       }},
      {"debug --trust",
       [](Shop& s) {
         s.graph({{"bad", {{"type", "test.misbehave"}}}});
         s.ran({}, 1);
         const fs::path job = job_file({s.store_root / "runs" / s.newest(), ""}, "bad");
         fs::create_hard_link(job, s.folder / "mine too");  // whoever has that name may have written it
         const Before nobody_asked = [] { dup2(open("/dev/null", O_RDONLY), STDIN_FILENO); };
         const Outcome refused = s.retort({"debug", "bad", "--with", "env"}, nobody_asked);
         EXPECT_EQ(refused.code, 2);
         EXPECT_THAT(refused.err, HasSubstr("with --trust it does"));
         EXPECT_THAT(s.seen({"debug", "bad", "--with", "env", "--trust"}, nobody_asked),
                     HasSubstr("about to fail: error"));
       }},
  };
}

}  // namespace retort
