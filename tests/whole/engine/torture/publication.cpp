// Every system call of a publication fails once, and all from it on: disk full, read-only, no permission, an error of
// the disk; or, if it writes, takes half of the bytes, which is no error. Part one publishes in a child of this
// program, with syncing; part two runs the real command, the faults in its workers and then in itself.
#include <sys/mman.h>

#include <cerrno>
#include <cstdio>

#include "core/digest.h"
#include "fault.h"
#include "harness.h"
#include "store/check.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

struct Fault {
  uint64_t at;
  int error;
  bool sticky;
};

std::string name_of(const Fault& fault) {
  return std::string(fault.error == 0 ? "a short write" : ::strerrordesc_np(fault.error)) + " at call " +
         std::to_string(fault.at) + (fault.sticky ? " and after" : "");
}

/// A round for each call, error, and whether it lasts; thinned out to `rounds`, each with the same chance.
std::vector<Fault> faults_of(uint64_t calls) {
  std::vector<Fault> all;
  for (const int error : {0, ENOSPC, EROFS, EIO, EACCES})
    for (const bool sticky : {false, true})
      for (uint64_t at = 1; at <= calls; ++at) all.push_back({at, error, sticky});
  return all;
}

class InProcess {
 public:
  InProcess() : root_(folder_ / "store") { Store::open(root_); }

  /// Number of calls without a fault.
  uint64_t count() {
    uint64_t calls = 0;
    in_child(
        [&] {
          fault_arm(root_.c_str(), 0, 0, false);
          publish();
          return static_cast<int>(fault_count());
        },
        calls);
    clear();
    return calls;
  }

  void round(Harness& harness, const Fault& fault) {
    uint64_t outcome = 0;
    in_child(
        [&] {
          fault_arm(root_.c_str(), fault.at, fault.error, fault.sticky);
          try {
            publish();
            return 0;
          } catch (const Error& error) {
            return error.kind() == ErrorKind::store ? 4 : 5;
          }
        },
        outcome);
    const Store store = Store::open(root_);
    const auto record = store.find(key());
    const bool whole = check_store(store).damage.empty();
    harness.expect(whole, name_of(fault) + ": something in the store is damaged");
    harness.expect(outcome == 0 || (outcome == 4 && fault.error != 0),
                   name_of(fault) + ": outcome " + std::to_string(outcome));
    harness.expect(outcome != 0 || record, name_of(fault) + ": success without a record");
    (outcome == 0 ? passed : failed) += 1;
    publish();
    const auto again = store.find(key());
    harness.expect(again && store.missing(*again).empty() && check_store(store).damage.empty(),
                   name_of(fault) + ": the next publication is not right");
    clear();
  }

  size_t passed = 0, failed = 0;

 private:
  static std::string key_text() { return "retort-key 1\ntype torture\n"; }
  static std::string key() { return sha256_hex(key_text()); }

  void publish() {
    const Store store = Store::open(root_);
    const fs::path scratch = store.make_scratch();
    write_file(scratch / "large", std::string(20000, 'x'));
    write_file(scratch / "small", "small");
    write_file(store.checkpoint_folder(key(), 1) / "step-1.save", "saved");
    Record record;
    record.key = key();
    record.key_text = key_text();
    record.type = "torture";
    record.about = {{"fence", 1}};
    record.outputs["out"] =
        store.add_output("text", Json::object(), scratch,
                         {written_file(scratch / "large", "large"), written_file(scratch / "small", "small")});
    store.commit(record, /*sync=*/true);
    store.drop_scratch(scratch);
  }

  void clear() {
    for (const char* name : {"results", "objects", "checkpoints", "scratch"})
      for (const auto& entry : fs::directory_iterator(root_ / name)) fs::remove_all(entry.path());
  }

  static void in_child(const std::function<int()>& what, uint64_t& result) {
    const pid_t child = fork();
    if (child == 0) _exit(what());
    int status = 0;
    waitpid(child, &status, 0);
    result = WIFEXITED(status) ? static_cast<uint64_t>(WEXITSTATUS(status)) : 255;
  }

  TemporaryFolder folder_;
  fs::path root_;
};

/// Whole runs with the fault in one program of the two.
class Runs {
 public:
  explicit Runs(std::string program) : program_(std::move(program)) {
    shop_.graph({{"hello", {{"type", "test.text"}, {"params", {{"text", "hi"}, {"size", 10000}}}}},
                 {"copy", {{"type", "test.copy"}, {"inputs", {{"from", "hello"}}}, {"params", {{"suffix", "!"}}}}}});
    write_file(counter_, std::string(8, '\0'));
  }

  uint64_t count() {
    run({0, 0, false});
    const std::string bytes = read_file(counter_);
    uint64_t calls = 0;
    std::memcpy(&calls, bytes.data(), sizeof calls);
    return calls;
  }

  void round(Harness& harness, const Fault& fault) {
    const std::string what = program_ + ": " + name_of(fault);
    const Outcome outcome = run(fault);
    const Store store = shop_.store();
    harness.expect(check_store(store).damage.empty(), what + ": something in the store is damaged");
    harness.expect(outcome.code == 0 || (outcome.code == 4 && fault.error != 0),
                   what + ": exit code " + std::to_string(outcome.code) + "\n" + outcome.err);
    harness.expect(outcome.code == 4 || store.keys().size() == 2, what + ": exit 0 without the results");
    if (outcome.code == 4)
      harness.expect(outcome.err.find(::strerrordesc_np(fault.error)) != std::string::npos,
                     what + ": the reason is not said: " + outcome.err);
    (outcome.code == 0 ? passed : failed) += 1;
    const Outcome next = shop_.retort({"run", "g.json"});
    harness.expect(next.code == 0, what + ": the next run ends with " + std::to_string(next.code) + "\n" + next.err);
    std::string text = "hi";
    text.resize(10000, '.');
    harness.expect(shop_.text("copy") == text + "!", what + ": the next run's result is wrong");
  }

  size_t passed = 0, failed = 0;

 private:
  Outcome run(const Fault& fault) {
    fs::remove_all(shop_.store_root);
    shop_.store();  // made before: it is publication that fails
    write_file(counter_, std::string(8, '\0'));
    return shop_.retort({"run", "g.json"}, [&] {
      setenv("LD_PRELOAD", FAULT_LIBRARY, 1);
      setenv("RETORT_FAULT_UNDER", shop_.store_root.c_str(), 1);
      setenv("RETORT_FAULT_COUNTER", counter_.c_str(), 1);
      setenv("RETORT_FAULT_PROGRAM", program_.c_str(), 1);
      setenv("RETORT_FAULT_AT", std::to_string(fault.at).c_str(), 1);
      setenv("RETORT_FAULT_ERRNO", std::to_string(fault.error).c_str(), 1);
      setenv("RETORT_FAULT_STICKY", fault.sticky ? "1" : "0", 1);
    });
  }

  std::string program_;
  Workshop shop_;
  std::string counter_ = shop_.folder / "calls";
};

int run(int argc, char** argv) {
  Harness harness("publication", argc, argv, 1000);
  InProcess inner;
  Runs workers("retort-worker"), coordinators("retort");
  const auto inner_faults = faults_of(inner.count());
  const auto worker_faults = faults_of(workers.count()), coordinator_faults = faults_of(coordinators.count());
  const size_t all = inner_faults.size() + worker_faults.size() + coordinator_faults.size();
  harness.expect(!inner_faults.empty() && !worker_faults.empty() && !coordinator_faults.empty(),
                 "no calls were counted");
  while (harness.next()) {
    // All in order if there is time for all, else drawn by lot.
    size_t which = harness.rounds() >= all ? harness.round() : harness.below(all);
    if (which >= all) break;
    if (which < inner_faults.size()) {
      inner.round(harness, inner_faults[which]);
    } else if ((which -= inner_faults.size()) < worker_faults.size()) {
      workers.round(harness, worker_faults[which]);
    } else {
      coordinators.round(harness, coordinator_faults[which - worker_faults.size()]);
    }
  }
  return harness.finish(std::to_string(all) + " faults there are; " +
                        std::to_string(inner.failed + workers.failed + coordinators.failed) +
                        " ended with the reason, " +
                        std::to_string(inner.passed + workers.passed + coordinators.passed) + " did no harm");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }
