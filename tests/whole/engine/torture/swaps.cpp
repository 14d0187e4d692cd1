// A file that a node reads is another one while the node runs, and is back when it ends: A, B, A, in the ways in which
// that happens. Equal digests before and after must not keep what was made of B under the key of A.
#include "core/digest.h"
#include "harness.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

class Swaps {
 public:
  Swaps() {
    shop_.graph({{"read", {{"type", "test.read"}, {"params", {{"file", "data/way/file.txt"}, {"turns", "turns"}}}}}});
  }

  void round(Harness& harness) {
    const size_t way = harness.below(std::size(kWays));
    lay();
    fs::remove_all(shop_.store_root);
    for (const char* turn : {"turns", "turns.read", "turns.end"}) fs::remove(shop_.folder / turn);
    const pid_t child = shop_.start({"run", "g.json"});
    Workshop::wait_for([&] { return shop_.said().find("read: running") != std::string::npos; });
    (this->*kWays[way].there)();
    write_file(shop_.folder / "turns", "");
    Workshop::wait_for([&] { return fs::exists(shop_.folder / "turns.read"); });
    (this->*kWays[way].back)();
    write_file(shop_.folder / "turns.end", "");
    const Outcome outcome = shop_.finish(child);
    const std::string what = kWays[way].name;
    harness.expect(read_file(file()) == "A", what + ": the file is not back");
    harness.expect(shop_.store().keys().empty(), what + ": a result was kept");
    harness.expect(outcome.code == 1 && outcome.err.find("changed meanwhile") != std::string::npos,
                   what + ": exit code " + std::to_string(outcome.code) + "\n" + outcome.err);
  }

 private:
  fs::path data() const { return shop_.folder.path() / "data"; }
  fs::path file() const { return data() / "way" / "file.txt"; }

  void lay() {
    fs::remove_all(data());
    for (const char* one : {"a", "b"}) fs::create_directories(data() / one);
    write_file(data() / "a" / "file.txt", "A");
    write_file(data() / "b" / "file.txt", "B");
    fs::create_directory_symlink("a", data() / "way");
    // Younger files are read again whatever their stamps are: these lie as data sets do.
    for (const char* one : {"a", "b"})
      fs::last_write_time(data() / one / "file.txt", fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  void rename_there() {
    fs::rename(data() / "a" / "file.txt", data() / "a" / "kept");
    fs::copy_file(data() / "b" / "file.txt", data() / "a" / "file.txt");
  }
  void rename_back() { fs::rename(data() / "a" / "kept", data() / "a" / "file.txt"); }
  void write_there() {
    when_ = fs::last_write_time(data() / "a" / "file.txt");
    write_file(data() / "a" / "file.txt", "B");
  }
  void write_back() {
    write_file(data() / "a" / "file.txt", "A");
    fs::last_write_time(data() / "a" / "file.txt", when_);
  }
  void link_to(const char* target) {
    fs::remove(data() / "way");
    fs::create_directory_symlink(target, data() / "way");
  }
  void link_there() { link_to("b"); }
  void link_back() { link_to("a"); }
  void folder_there() {
    fs::rename(data() / "a", data() / "kept");
    fs::rename(data() / "b", data() / "a");
  }
  void folder_back() {
    fs::rename(data() / "a", data() / "b");
    fs::rename(data() / "kept", data() / "a");
  }

  struct Way {
    const char* name;
    void (Swaps::*there)();
    void (Swaps::*back)();
  };
  static constexpr Way kWays[] = {{"renamed", &Swaps::rename_there, &Swaps::rename_back},
                                  {"written, its time set back", &Swaps::write_there, &Swaps::write_back},
                                  {"a link on the way", &Swaps::link_there, &Swaps::link_back},
                                  {"a folder on the way", &Swaps::folder_there, &Swaps::folder_back}};

  Workshop shop_;
  fs::file_time_type when_;
};

int run(int argc, char** argv) {
  Harness harness("swaps", argc, argv, 200);
  Swaps swaps;
  while (harness.next()) swaps.round(harness);
  return harness.finish();
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }
