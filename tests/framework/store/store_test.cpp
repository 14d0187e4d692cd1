#include "store/store.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include "core/digest.h"
#include "core/files.h"
#include "core/guarded_folder.h"
#include "core/sealed_text.h"
#include "core/temporary_folder.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const std::string kKey(64, 'a');
const std::string kLarge(10000, 'x');

/// A result of one small and one large file, committed.
Record add(const Store& store, const std::string& key = kKey, bool sync = false) {
  const fs::path scratch = store.make_scratch();
  write_file(scratch / "small.txt", "small");
  write_file(scratch / "large.bin", kLarge);
  Record record;
  record.key = key;
  record.type = "test";
  record.outputs["out"] = store.add_output(
      "text", {{"n", 1}}, scratch,
      {written_file(scratch / "small.txt", "small.txt"), written_file(scratch / "large.bin", "large.bin")});
  store.commit(record, sync);
  store.drop_scratch(scratch);
  return record;
}

template <class F>
std::string error_of(F run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Store, GivesBackWhatWasCommitted) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  add(store, kKey, /*sync=*/true);
  const auto record = Store::open(folder / "s").find(kKey);
  ASSERT_TRUE(record);
  const auto& files = record->outputs.at("out").files;
  EXPECT_TRUE(files.at(0).inlined);
  EXPECT_EQ(store.read(*record, files.at(0)), "small");
  EXPECT_EQ(store.read(*record, files.at(1)), kLarge);
  EXPECT_EQ(store.verified(*record, files.at(1), {}), store.object_file(sha256_hex(kLarge)));
  EXPECT_EQ(store.missing(*record), "");
  EXPECT_EQ(store.keys(), std::vector<Key>{kKey});
  EXPECT_TRUE(fs::is_empty(folder.path() / "s" / "scratch"));
}

TEST(Store, WritesInlinedFilesOutForReaders) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  const Record record = add(store);
  const fs::path scratch = store.make_scratch();
  EXPECT_EQ(read_file(store.verified(record, record.outputs.at("out").files.at(0), scratch)), "small");
}

TEST(Store, SmallBytesThatAreNoTextBecomeAnObject) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  const fs::path scratch = store.make_scratch();
  write_file(scratch / "b", std::string("\xff\x00\x01", 3));
  const StoredOutput output = store.add_output("text", {}, scratch, {written_file(scratch / "b", "b")});
  EXPECT_FALSE(output.files.at(0).inlined);
  EXPECT_TRUE(fs::exists(store.object_file(output.files.at(0).digest)));
}

TEST(Store, AnAnnouncedFileThatWasNotWrittenIsNamed) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  const fs::path scratch = store.make_scratch();
  EXPECT_EQ(error_of([&] { written_file(scratch / "x.txt", "x.txt"); }),
            "output file \"x.txt\" was announced but not written");
  EXPECT_EQ(error_of([&] { store.add_output("text", {}, scratch, {{"x.txt", 5000, std::string(64, 'a'), ""}}); }),
            "output file \"x.txt\" was written and is gone");
}

TEST(Store, AnAlteredObjectIsNeverUsed) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  const Record record = add(store);
  const StoredFile& file = record.outputs.at("out").files.at(1);
  const fs::path object = store.object_file(file.digest);
  fs::permissions(object, fs::perms::owner_all);
  std::string bytes = kLarge;
  bytes[5000] ^= 1;
  write_file(object, bytes);
  EXPECT_EQ(store.missing(record), "") << "sizes are equal";
  try {
    store.verified(record, file, {});
    FAIL();
  } catch (const DamagedResult& error) {
    EXPECT_EQ(error.key(), kKey);
    EXPECT_EQ(error.kind(), ErrorKind::data);
    EXPECT_EQ(std::string(error.what()), "result aaaaaaaaaaaa (test), file large.bin: SHA-256 is " + sha256_hex(bytes) +
                                             ", the record says " + file.digest);
  }
  EXPECT_FALSE(fs::exists(object)) << "moved to trash";
  EXPECT_EQ(store.missing(record), "result aaaaaaaaaaaa (test), file large.bin is missing");
}

TEST(Store, ATruncatedRecordCountsAsAbsentAndIsKeptAside) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  add(store);
  fs::resize_file(store.record_file(kKey), 100);
  std::string damage;
  EXPECT_FALSE(store.find(kKey, &damage));
  EXPECT_EQ(damage, store.record_file(kKey).string() + ": the record is cut off");
  EXPECT_FALSE(fs::is_empty(store.root() / "trash"));
  add(store);
  EXPECT_TRUE(store.find(kKey));
}

TEST(Store, ARecordUnderAnotherNameIsRefused) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  add(store);
  const std::string other = "aa" + std::string(62, 'b');
  fs::copy_file(store.record_file(kKey), store.record_file(other));
  std::string damage;
  EXPECT_FALSE(store.find(other, &damage));
  EXPECT_THAT(damage, HasSubstr("the record belongs to key " + kKey));
}

TEST(Store, OfANewerFormatIsRefusedClearly) {
  TemporaryFolder folder;
  Store::open(folder / "s");
  write_file(folder.path() / "s" / "format", sealed("{\"retort_store\":3}"));
  EXPECT_EQ(error_of([&] { Store::open(folder / "s"); }),
            (folder / "s").string() +
                " has store format 3, this retort reads 2; use a newer retort or another store (--store)");
}

TEST(Store, OfANewerFormatThatLostItsChecksumIsNotTakenForDamage) {
  TemporaryFolder folder;
  Store::open(folder / "s");
  write_file(folder.path() / "s" / "format", "{\"retort_store\":7}\n");
  EXPECT_THAT(error_of([&] { Store::open(folder / "s"); }), HasSubstr("has store format 7"));
}

TEST(Store, WithADamagedFormatFileIsMendedAndSaysSo) {
  TemporaryFolder folder;
  add(Store::open(folder / "s"));
  const fs::path file = folder.path() / "s" / "format";
  const std::string good = read_file(file);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    write_file(file, bad);
    const Store store = Store::open(folder / "s");
    EXPECT_EQ(store.remarks(), std::vector<std::string>{file.string() + " was damaged and is written again"}) << i;
    EXPECT_EQ(read_file(file), good);
    EXPECT_TRUE(store.find(kKey));
  }
}

/// What a store of format 1 looked like, with a result and the checkpoint of a killed node.
TEST(Store, OfFormat1IsBroughtToThisOne) {
  TemporaryFolder folder;
  const fs::path root = folder / "s";
  for (const char* name : {"results/aa", "objects", "checkpoints", "scratch", "runs/r", "names", "leases", "trash"})
    fs::create_directories(root / name);
  Record record;
  record.key = kKey;
  record.about = Json::object();
  write_file(root / "results" / "aa" / kKey, to_text(record));
  const std::string other(64, 'b');
  fs::create_directories(root / "checkpoints" / other);
  write_file(root / "checkpoints" / other / "step-1.save", "saved");
  write_file(root / "format", "{\"retort_store\":1}\n");
  const Store store = Store::open(root);
  EXPECT_TRUE(store.remarks().empty());
  EXPECT_EQ(read_file(root / "format"), sealed("{\"retort_store\":2}"));
  EXPECT_TRUE(store.find(kKey));
  EXPECT_TRUE(fs::is_directory(root / "pins"));
  EXPECT_EQ(store.newest_checkpoint_fence(other), 0u);
  EXPECT_EQ(read_file(store.checkpoint_folder(other, 1) / "step-1.save"), "saved");
}

TEST(Store, ARecordOfANewerFormatIsRefusedAndStays) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  add(store);
  write_file(store.record_file(kKey), sealed("{\"retort_record\":9}"));
  EXPECT_EQ(error_of([&] { store.find(kKey); }), store.record_file(kKey).string() +
                                                     ": the record has format 9, this retort reads 1; use a newer "
                                                     "retort");
  EXPECT_TRUE(fs::exists(store.record_file(kKey)));
}

TEST(Store, DoesNotSettleInAFolderOfOtherThings) {
  TemporaryFolder folder;
  write_file(folder / "thesis.tex", "…");
  EXPECT_EQ(error_of([&] { Store::open(folder.path()); }),
            folder.path().string() + " is no store: it holds \"thesis.tex\"; name an empty or a new folder");
}

TEST(Store, OfAFolderForAGroupIsWritableForItWhateverTheUmask) {
  TemporaryFolder folder;
  fs::create_directory(folder / "s");
  fs::permissions(folder / "s", static_cast<fs::perms>(02770));
  const mode_t before = umask(0077);
  const Store store = Store::open(folder / "s");
  add(store);
  EXPECT_EQ(umask(before), 0077u) << "that of the process is its user's";
  struct stat about = {};
  for (const auto& entry : fs::recursive_directory_iterator(store.root())) {
    ASSERT_EQ(stat(entry.path().c_str(), &about), 0);
    const bool object = entry.path().string().find("objects/") != std::string::npos && entry.is_regular_file();
    EXPECT_EQ(about.st_mode & 060, object ? 040u : 060u) << entry.path();
  }
}

TEST(Store, OfOneUserStaysAsPrivateAsTheUmaskMakesIt) {
  for (const mode_t mask : {mode_t{0077}, mode_t{0022}}) {
    TemporaryFolder folder;
    const mode_t before = umask(mask);
    const Store store = Store::open(folder / "s");
    add(store);
    write_file(folder / "mine", "x");
    EXPECT_EQ(umask(before), mask);
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      struct stat about = {};
      ASSERT_EQ(stat(entry.path().c_str(), &about), 0);
      EXPECT_EQ(about.st_mode & mask, 0u) << entry.path();
    }
  }
}

/// In a store that others may write to, a link may stand wherever this process writes next.
TEST(Store, SharedFollowsNoLinkThatAnotherUserMade) {
  const std::vector<std::string> places = {
      "results", "objects", "checkpoints", "scratch",    "pins",
      "names",   "learned", "runs",        "results/aa", "checkpoints/" + std::string(kKey)};
  for (const auto& place : places) {
    TemporaryFolder folder;
    fs::create_directory(folder / "s");
    fs::permissions(folder / "s", static_cast<fs::perms>(02770));
    const Store store = Store::open(folder / "s");
    fs::create_directories(folder.path() / "private" / "inside");
    write_file(folder.path() / "private" / "inside" / "file", "mine");
    fs::last_write_time(folder.path() / "private" / "inside", fs::file_time_type::clock::now() - std::chrono::hours(1));
    fs::remove_all(store.root() / place);
    fs::create_directory_symlink(folder.path() / "private", store.root() / place);
    const auto tried = [](auto act) {
      try {
        act();
      } catch (const Error&) {
      }
    };
    tried([&] { add(store); });
    tried([&] { store.checkpoint_folder(kKey, 1); });
    tried([&] { write_file(store.runs() / "r.log", "x"); });
    tried([&] { make_folder(store.root() / place / "new"); });
    tried([&] { write_atomically(store.root() / place / "new", "x", false); });
    tried([&] { create_atomically(store.root() / place / "new", "x", false); });
    tried([&] { store.make_scratch(); });
    tried([&] { store.remove(kKey); });
    store.sweep_scratch();
    remove_tree(store.root() / place / "inside");
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path() / "private"))
      found += entry.path().lexically_relative(folder.path()).string() + " ";
    EXPECT_EQ(read_file(folder.path() / "private" / "inside" / "file"), "mine") << place;
    EXPECT_EQ(std::count(found.begin(), found.end(), ' '), 2) << place << ": " << found;
  }
}

TEST(Store, SharedWritesIntoNoFileThatHasAnotherName) {
  TemporaryFolder folder;
  fs::create_directory(folder / "s");
  fs::permissions(folder / "s", static_cast<fs::perms>(02770));
  const Store store = Store::open(folder / "s");
  write_file(folder / "private", "mine");
  fs::create_symlink(folder / "private", store.runs() / "soft");
  fs::create_hard_link(folder / "private", store.runs() / "hard");
  ASSERT_EQ(mkfifo((store.runs() / "pipe").c_str(), 0660), 0);
  for (const char* name : {"soft", "hard", "pipe"})
    EXPECT_THAT(error_of([&] { write_file(store.runs() / name, "x"); }), ::testing::HasSubstr("cannot write")) << name;
  EXPECT_EQ(read_file(folder / "private"), "mine");
  write_atomically(store.runs() / "soft", "x", false);  // takes the name, not what the link leads to
  EXPECT_EQ(read_file(folder / "private"), "mine");
}

TEST(Store, CheckpointsLiveUntilTheCommit) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  write_file(store.checkpoint_folder(kKey, 1) / "step", "7");
  EXPECT_EQ(read_file(store.checkpoint_folder(kKey, 1) / "step"), "7");
  add(store);
  EXPECT_FALSE(fs::exists(store.root() / "checkpoints" / kKey));
}

TEST(Store, SweepsScratchOfDeadProcessesOnly) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  const fs::path mine = store.make_scratch();
  const pid_t child = fork();
  if (child == 0) {
    write_file(store.make_scratch() / "half.bin", kLarge);
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  const auto count = [&] {
    return std::distance(fs::directory_iterator(store.root() / "scratch"), fs::directory_iterator());
  };
  store.sweep_scratch();
  EXPECT_EQ(count(), 2) << "young ones may not be locked yet";
  for (const auto& entry : fs::directory_iterator(store.root() / "scratch"))
    fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - std::chrono::hours(1));
  store.sweep_scratch();
  EXPECT_EQ(count(), 1);
  EXPECT_TRUE(fs::exists(mine));
}

TEST(Store, FindsTheNearestFolderUpward) {
  TemporaryFolder folder;
  fs::create_directories(folder.path() / "a" / ".retort");
  fs::create_directories(folder.path() / "a" / "b" / "c");
  unsetenv("RETORT_STORE");
  EXPECT_EQ(Store::default_root("", folder.path() / "a" / "b" / "c"), folder.path() / "a" / ".retort");
  EXPECT_EQ(Store::default_root("x", folder.path()), "x");
  setenv("RETORT_STORE", "/y", 1);
  EXPECT_EQ(Store::default_root("", folder.path()), "/y");
  unsetenv("RETORT_STORE");
}

/// Runs in a child with a limit on the size of files: what a full disk does, without filling one.
TEST(Store, NoRoomNamesFileAndReasonAndLeavesNoRecord) {
  TemporaryFolder folder;
  const Store store = Store::open(folder / "s");
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    Record record;
    record.key = kKey;
    record.key_text = kLarge;
    const rlimit limit = {2000, 2000};
    setrlimit(RLIMIT_FSIZE, &limit);
    const std::string error = error_of([&] { store.commit(record, false); });
    _exit(error == "cannot write " + store.record_file(kKey).string() + ": File too large" ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(store.find(kKey));
}

TEST(Store, ReadOnlyOpensAndReadsAndRefusesToWriteWithTheReason) {
  TemporaryFolder folder;
  add(Store::open(folder / "s"));
  fs::permissions(folder.path(), static_cast<fs::perms>(0555));
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    if (entry.is_directory()) fs::permissions(entry.path(), static_cast<fs::perms>(0555));
  const pid_t child = fork();
  if (child == 0) {
    // Root writes anywhere: be another user.
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) _exit(3);
    const Store store = Store::open(folder / "s");
    const auto record = store.find(kKey);
    if (!record || store.read(*record, record->outputs.at("out").files.at(1)) != kLarge) _exit(1);
    const std::string error = error_of([&] { store.make_scratch(); });
    _exit(error.find("Permission denied") != std::string::npos ? 0 : 2);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  fs::permissions(folder.path(), static_cast<fs::perms>(0755));
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    if (entry.is_directory()) fs::permissions(entry.path(), static_cast<fs::perms>(0755));
}

}  // namespace
}  // namespace retort
