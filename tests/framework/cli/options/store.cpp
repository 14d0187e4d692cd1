// Options of commands on what the store holds.
#include "framework/cli/options/effects.h"

namespace retort {
namespace {

using ::testing::HasSubstr;

void make_old(Shop& shop, const std::string& below) {
  const auto then = fs::file_time_type::clock::now() - std::chrono::hours(48);
  for (const auto& entry : fs::recursive_directory_iterator(shop.store_root / below))
    if (entry.is_regular_file()) fs::last_write_time(entry.path(), then);
}

/// Two graphs' worth of runs: three runs of g.json whose `copy` has another suffix each.
void three_runs(Shop& shop) {
  four_nodes(shop);
  for (const char* suffix : {"1", "2", "3"}) shop.ran({"--set", std::string("b.suffix=") + suffix});
}

size_t would_go(Shop& shop, const Words& more) {
  return shop.json(Words{"gc", "--dry-run", "--json"} + more)["going"].size();
}

}  // namespace

Effects store_options() {
  return {
      // export, import, pin, unpin
      {"export --archive",
       [](Shop& s) {
         EXPECT_THAT(s.out({"export", "copy", "--archive", "a.tar"}), HasSubstr("1 result in a.tar"));
         EXPECT_TRUE(fs::exists(s.folder / "a.tar"));
       }},
      {"export --with-sources",
       [](Shop& s) {
         EXPECT_THAT(s.out({"export", "copy", "--archive", "a.tar", "--with-sources"}),
                     HasSubstr("2 results in a.tar"));
       }},
      {"export --store", [](Shop& s) { reads_other_store(s, {"export", "copy", "there"}); }},
      {"export --replace",
       [](Shop& s) {
         fs::create_directory(s.folder / "there");
         write_file(s.folder / "there/mine", "mine");
         allows(s, {"export", "copy", "there"}, {"--replace"});
         EXPECT_FALSE(fs::exists(s.folder / "there/mine")) << "it was moved aside";
       }},
      {"import --store",
       [](Shop& s) {
         s.out({"export", "copy", "--archive", "a.tar"});
         EXPECT_THAT(s.out({"import", "a.tar", "--store", s.other()}), HasSubstr("1 result imported"));
         EXPECT_EQ(Store::open(s.other()).keys().size(), 1u);
       }},
      {"pin --why",
       [](Shop& s) {
         s.out({"pin", "copy", "--why", "figure 3"});
         EXPECT_THAT(s.out({"pin"}), HasSubstr("figure 3"));
       }},
      {"pin --store", [](Shop& s) { reads_other_store(s, {"pin", "copy"}); }},
      {"pin --json",
       [](Shop& s) {
         s.out({"pin", "copy", "--why", "figure 3"});
         EXPECT_EQ(only_json(s, {"pin"})[0]["why"], "figure 3");
       }},
      {"unpin --store",
       [](Shop& s) {
         s.out({"pin", "copy"});
         EXPECT_NE(s.retort({"unpin", "copy", "--store", s.other()}).code, 0);
         EXPECT_EQ(s.retort({"unpin", "copy"}).code, 0);
       }},

      // gc, fsck
      {"gc --to",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--keep-runs", "0"}), 0u);
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--to", "0"}), kKept);
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--to", "1G"}), 0u);
       }},
      {"gc --older",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--older", "1d"}), 0u);
         make_old(s, "results");
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--older", "1d"}), kKept);
         EXPECT_EQ(would_go(s, {"--keep-runs", "0", "--older", "3d"}), 0u);
       }},
      {"gc --keep-runs",
       [](Shop& s) {
         s.out({"gc", "--to", "0", "--cited-too", "--grace", "0"});
         three_runs(s);  // a, d and three times b, c
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0"}), 8u);
         EXPECT_EQ(would_go(s, {"--to", "0"}), 4u) << "the newest run of each graph";
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "1"}), 4u);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "2"}), 2u);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "3"}), 0u);
       }},
      {"gc --keep-younger",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0"}), kKept);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0", "--keep-younger", "1d"}), kKept - kCited);
         make_old(s, "runs");
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0", "--keep-younger", "1d"}), kKept);
         EXPECT_EQ(would_go(s, {"--to", "0", "--keep-runs", "0", "--keep-younger", "3d"}), kKept - kCited);
       }},
      {"gc --cited-too",
       [](Shop& s) {
         EXPECT_EQ(would_go(s, {"--to", "0"}), kKept - kCited);
         EXPECT_EQ(would_go(s, {"--to", "0", "--cited-too"}), kKept);
       }},
      {"gc --grace",
       [](Shop& s) {
         s.out({"gc", "--to", "0", "--cited-too"});
         EXPECT_EQ(s.ran({})["copy"], "hit") << "put back";
         s.out({"gc", "--to", "0", "--cited-too", "--grace", "0"});
         EXPECT_EQ(s.ran({})["copy"], "done");
       }},
      {"gc --dry-run",
       [](Shop& s) {
         s.out({"gc", "--to", "0", "--cited-too", "--dry-run"});
         EXPECT_EQ(s.store().keys().size(), kKept);
         s.out({"gc", "--to", "0", "--cited-too"});
         EXPECT_EQ(s.store().keys().size(), 0u);
       }},
      {"gc --store", [](Shop& s) { reads_other_store(s, {"gc", "--dry-run"}); }},
      {"gc --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"gc", "--dry-run"})["results"], kKept); }},
      {"fsck --sample",
       [](Shop& s) {
         EXPECT_THAT(s.out({"fsck"}), HasSubstr(" 1 of 1 objects")) << "the kept state of the training";
         size_t left_out = 0;
         for (int i = 0; i < 20 && left_out == 0; ++i)
           left_out += s.out({"fsck", "--sample", "1"}).find(" 0 of 1 objects") != std::string::npos;
         EXPECT_GT(left_out, 0u) << "one in a hundred is read";
         EXPECT_THAT(s.out({"fsck", "--sample", "100%"}), HasSubstr(" 1 of 1 objects"));
       }},
      {"fsck --store", [](Shop& s) { reads_other_store(s, {"fsck"}); }},
      {"fsck --json", [](Shop& s) { EXPECT_EQ(only_json(s, {"fsck"})["records"], kKept); }},
  };
}

}  // namespace retort
