// Files and folders that commands write: whole or not at all, and nothing that is not theirs is lost.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <set>

#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

/// What a full disk does to whoever writes more than this.
void no_room_beyond(rlim_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {bytes, bytes};
  setrlimit(RLIMIT_FSIZE, &limit);
}

class Writes : public ::testing::Test {
 protected:
  void SetUp() override { graph("small", 0); }
  /// One node of a text that is filled up to `size` bytes, run.
  void graph(const std::string& text, int64_t size) {
    shop.graph({{"text", {{"type", "test.text"}, {"params", {{"text", text}, {"size", size}}}}}});
    ASSERT_EQ(shop.retort({"run", "g.json"}).code, 0);
  }
  std::set<std::string> names(const fs::path& folder) {
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      all.insert(entry.path().lexically_relative(folder).string());
    return all;
  }
  Outcome exported(const std::vector<std::string>& more = {}, const std::function<void()>& before = {}) {
    std::vector<std::string> words = {"export", "g.json", "text", "made"};
    words.insert(words.end(), more.begin(), more.end());
    return shop.retort(words, before);
  }
  fs::path made() { return shop.folder / "made"; }

  Workshop shop;
  const std::set<std::string> whole_ = {".retort-export.json", "datasheet.json", "meta.json", "text.txt"};
};

TEST_F(Writes, AnExportIsReplacedWholeByTheNext) {
  const Outcome first = exported();
  EXPECT_EQ(first.out, "made/meta.json\nmade/text.txt\nmade/datasheet.json\n");
  EXPECT_EQ(names(made()), whole_);
  graph("other", 5000);
  EXPECT_EQ(exported().code, 0);
  EXPECT_EQ(names(made()), whole_);
  EXPECT_EQ(read_file(made() / "text.txt").size(), 5000u);
  EXPECT_EQ(names(shop.folder.path()).count("made.before"), 0u);
  for (const auto& entry : fs::directory_iterator(shop.folder.path()))
    EXPECT_NE(entry.path().filename().string().rfind(".made", 0), 0u) << entry.path() << " was left";
}

TEST_F(Writes, AFolderThatHoldsMoreIsRefusedAndMovedAsideWhenAsked) {
  const auto spoil = std::vector<std::pair<std::string, std::function<void()>>>{
      {"another file", [&] { write_file(made() / "mine.txt", "mine"); }},
      {"a file below", [&] { fs::create_directories(made() / "sub"), write_file(made() / "sub/mine.txt", "mine"); }},
      {"a changed file", [&] { write_file(made() / "text.txt", "mine"); }},
      {"a missing file", [&] { fs::remove(made() / "meta.json"); }},
      {"a link", [&] { fs::create_symlink("/etc", made() / "etc"); }},
      {"no mark", [&] { fs::remove(made() / ".retort-export.json"); }},
      {"a damaged mark", [&] { write_file(made() / ".retort-export.json", "[1"); }},
  };
  for (const auto& [what, change] : spoil) {
    fs::remove_all(made());
    ASSERT_EQ(exported().code, 0) << what;
    change();
    const auto before = names(made());
    const Outcome refused = exported();
    EXPECT_EQ(refused.code, 2) << what;
    EXPECT_THAT(refused.err, HasSubstr("made holds other things than an untouched export")) << what;
    EXPECT_EQ(names(made()), before) << what;
    const Outcome replaced = exported({"--replace"});
    EXPECT_EQ(replaced.code, 0) << what << replaced.err;
    EXPECT_EQ(names(made()), whole_) << what;
    ASSERT_THAT(replaced.err, MatchesRegex("what was there before is in .*/made.before-[^/]*\n")) << what;
    const size_t at = replaced.err.find(" is in ") + 7;
    const std::string aside = replaced.err.substr(at, replaced.err.size() - at - 1);
    EXPECT_EQ(names(aside), before) << what;
    fs::remove_all(aside);
  }
}

TEST_F(Writes, AnEmptyFolderAFolderWorkedInAndALinkWillDo) {
  fs::create_directory(made());
  EXPECT_EQ(exported().code, 0);
  EXPECT_EQ(names(made()), whole_);
  fs::create_directory(shop.folder / "here");
  const std::string here = shop.folder / "here";
  const std::string graph = shop.folder / "g.json";
  const auto go_there = [&] {
    if (chdir(here.c_str()) != 0) _exit(97);
  };
  const Outcome in_place = shop.retort({"export", graph, "text", "."}, go_there);
  EXPECT_EQ(in_place.code, 0) << in_place.err;
  EXPECT_EQ(names(here), whole_);
  const Outcome worked_in = shop.retort({"export", graph, "text", "."}, go_there);
  EXPECT_EQ(worked_in.code, 2);
  EXPECT_EQ(names(here), whole_);
  fs::create_directory(shop.folder / "target");
  fs::create_directory_symlink("target", shop.folder / "link");
  EXPECT_EQ(shop.retort({"export", "text", "link"}).code, 0);
  EXPECT_TRUE(fs::is_symlink(shop.folder / "link"));
  EXPECT_EQ(names(shop.folder / "target"), whole_);
}

TEST_F(Writes, NeverIntoTheStoreOrOverIt) {
  const auto before = names(shop.store_root);
  for (const std::string place : {"store/new", "store", "store/runs", "."})
    EXPECT_EQ(shop.retort({"export", "g.json", "text", place, "--replace"}).code, 2) << place;
  EXPECT_EQ(names(shop.store_root), before);
  write_file(shop.folder / "file", "mine");
  EXPECT_THAT(shop.retort({"export", "text", "file", "--replace"}).err, HasSubstr("file is a file; name a folder"));
}

TEST_F(Writes, AFullDiskLeavesWhatWasThere) {
  graph("large", 1 << 20);
  for (const bool there : {false, true}) {
    if (there) {
      ASSERT_EQ(exported().code, 0);
    }
    const auto before = names(shop.folder.path());
    const Outcome outcome = exported({}, [] { no_room_beyond(100000); });
    EXPECT_EQ(outcome.code, 4) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("cannot write made/text.txt: File too large"));
    EXPECT_EQ(names(shop.folder.path()), before);
  }
  const auto before = names(shop.folder.path());
  const Outcome archive = shop.retort({"export", "text", "--archive", "a.tar"}, [] { no_room_beyond(100000); });
  EXPECT_EQ(archive.code, 4);
  EXPECT_EQ(names(shop.folder.path()), before);
  EXPECT_EQ(shop.retort({"report", "g.json", "-o", "r.html"}, [] { no_room_beyond(20000); }).code, 4);
  EXPECT_EQ(names(shop.folder.path()), before);
  EXPECT_EQ(shop.retort({"schema", "--output", "s.json"}, [] { no_room_beyond(1000); }).code, 4);
  EXPECT_EQ(names(shop.folder.path()), before);
}

TEST_F(Writes, AFileOfAnotherKindIsNeverWrittenOver) {
  const std::string graph = read_file(shop.folder / "g.json");
  for (const auto& words : std::vector<std::vector<std::string>>{{"report", "g.json", "-o", "g.json"},
                                                                 {"schema", "--output", "g.json"},
                                                                 {"export", "text", "--archive", "g.json"}}) {
    const Outcome outcome = shop.retort(words);
    EXPECT_EQ(outcome.code, 2) << words[0];
    EXPECT_THAT(outcome.err, HasSubstr("g.json is there and is not a")) << words[0];
    EXPECT_EQ(read_file(shop.folder / "g.json"), graph) << words[0];
  }
  const std::vector<std::vector<std::string>> own = {
      {"report", "g.json", "-o", "r.html"}, {"schema", "--output", "s.json"}, {"export", "text", "--archive", "a.tar"}};
  for (const auto& words : own)
    for (int time = 0; time < 2; ++time) EXPECT_EQ(shop.retort(words).code, 0) << words[0] << " the " << time;
  EXPECT_EQ(shop.retort({"report", "g.json", "-o", "a.tar"}).code, 2);
  EXPECT_EQ(shop.retort({"report", "g.json", "-o", "."}).code, 2);
}

TEST_F(Writes, AReportGoesIntoAPipeAndThroughALink) {
  const Outcome piped = shop.retort({"report", "g.json", "-o", "/dev/stdout"});
  EXPECT_EQ(piped.code, 0) << piped.err;
  EXPECT_THAT(piped.out, ::testing::StartsWith("<!doctype html>"));
  write_file(shop.folder / "target.html", "");
  fs::create_symlink("target.html", shop.folder / "link.html");
  EXPECT_EQ(shop.retort({"report", "g.json", "-o", "link.html"}).code, 0);
  EXPECT_TRUE(fs::is_symlink(shop.folder / "link.html"));
  EXPECT_GT(fs::file_size(shop.folder / "target.html"), 1000u);
}

/// Names that a careless change of characters makes alike, and one that no file can have.
TEST_F(Writes, EveryNodeHasFilesOfItsOwn) {
  const std::vector<std::string> values = {
      "x/y", "x_y", "x y", "x%2Fy", "..", ".", "x\\y", std::string(300, 'l'), std::string(299, 'l') + "k",
      "é",   "x:y", "x~y", "-x"};
  Json axis = Json::object();
  int64_t size = 100;
  for (const auto& value : values) axis[value] = {{"text.size", ++size}};
  shop.graph({{"text", {{"type", "test.text"}, {"params", {{"text", "t"}}}}}}, {{"sweep", {{"axes", {{"n", axis}}}}}});
  ASSERT_EQ(shop.retort({"run", "g.json"}).code, 0) << shop.said();
  size = 100;
  for (const auto& value : values)
    EXPECT_EQ(shop.retort({"log", "--node", "text{n=" + value + "}"}).out,
              "wrote " + std::to_string(++size) + " bytes\n")
        << value;
}

TEST_F(Writes, EveryFailedNodeHasAJobOfItsOwn) {
  const std::vector<std::string> values = {"x/y", "x_y", "x y", std::string(300, 'l'), std::string(299, 'l') + "k"};
  Json axis = Json::object();
  for (const auto& value : values) axis[value] = {{"bad.mark", "mark " + value}};
  shop.graph({{"bad", {{"type", "test.misbehave"}, {"params", {{"how", "error"}}}}}},
             {{"sweep", {{"axes", {{"n", axis}}}}}});
  ASSERT_EQ(shop.retort({"run", "g.json"}).code, 1);
  for (const auto& value : values) {
    const Outcome job = shop.retort({"debug", "bad{n=" + value + "}", "--with", "sh -c 'cat \"$2\"'"});
    EXPECT_THAT(job.out, HasSubstr("\"mark\": \"mark " + value + "\"")) << value;
  }
}

}  // namespace
}  // namespace retort
