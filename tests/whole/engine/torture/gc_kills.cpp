// SIGKILL of `retort gc` at a random moment, with readers at work: nothing pinned or leased is lost, and what a reader
// gets is right.
#include <algorithm>
#include <csignal>

#include "core/digest.h"
#include "harness.h"
#include "store/check.h"
#include "store/leases.h"
#include "store/pins.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr size_t kResults = 60, kPinned = 5, kLeased = 5;
constexpr size_t kSize = 5000;

std::string key_text(size_t i) { return "retort-key 1\ntype torture\nparam i = " + std::to_string(i) + "\n"; }
std::string key(size_t i) { return sha256_hex(key_text(i)); }
std::string bytes(size_t i) { return std::string(kSize, 'a') + std::to_string(i); }

void publish(const Store& store, size_t i) {
  const fs::path scratch = store.make_scratch();
  write_file(scratch / "file", bytes(i));
  Record record;
  record.key = key(i);
  record.key_text = key_text(i);
  record.type = "torture";
  record.about = {{"node", "n" + std::to_string(i)}, {"seconds", 1.0 + static_cast<double>(i)}};
  record.outputs["out"] = store.add_output("text", Json::object(), scratch, {written_file(scratch / "file", "file")});
  store.commit(record, /*sync=*/false);
  store.drop_scratch(scratch);
}

bool is_there(const Store& store, size_t i) {
  const auto record = store.find(key(i));
  if (!record) return false;
  try {
    return store.read(*record, record->outputs.at("out").files.at(0)) == bytes(i);
  } catch (const Error&) {
    return false;
  }
}

/// A process that reads at random until it is killed; ends with 1 once something kept is not there or anything is
/// wrong.
pid_t start_reader(const fs::path& root, unsigned seed) {
  const pid_t child = fork();
  if (child != 0) return child;
  std::mt19937 random(seed);
  const Store store = Store::open(root);
  for (;;) {
    const size_t i = random() % kResults;
    const bool kept = i < kPinned + kLeased;
    if (kept && !is_there(store, i)) _exit(1);
    if (const auto record = store.find(key(i)); record && !kept) {
      try {
        if (store.read(*record, record->outputs.at("out").files.at(0)) != bytes(i)) _exit(1);
      } catch (const DamagedResult&) {  // collected under its eyes: it is computed again
      }
    }
    ::usleep(200);
  }
}

int run(int argc, char** argv) {
  Harness harness("gc_kills", argc, argv, 200);
  Workshop shop;
  const Store store = shop.store();
  Leases leases(store);
  std::vector<Lease> held;
  const std::vector<std::string> words = {"gc", "--to", "100K", "--grace", "0"};
  const auto fill = [&] {
    for (size_t i = 0; i < kResults; ++i)
      if (!is_there(store, i)) publish(store, i);
  };
  fill();
  for (size_t i = 0; i < kPinned; ++i) Pins(store).add(key(i), "torture");
  for (size_t i = kPinned; i < kPinned + kLeased; ++i) held.push_back(std::move(*leases.try_take(key(i))));
  const auto start = std::chrono::steady_clock::now();
  harness.expect(shop.retort(words).code == 0, "gc does not end well even when nobody kills it");
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
  size_t in_time = 0, trashed = 0;
  while (harness.next()) {
    fill();
    const pid_t readers[] = {start_reader(store.root(), static_cast<unsigned>(harness.random()())),
                             start_reader(store.root(), static_cast<unsigned>(harness.random()()))};
    const pid_t collector = shop.start(words);
    ::usleep(static_cast<useconds_t>(harness.below(static_cast<size_t>(whole.count()))));
    ::kill(collector, SIGKILL);
    int status = 0;
    waitpid(collector, &status, 0);
    in_time += WIFSIGNALED(status);
    trashed += !store.trash().batches().empty();
    for (const pid_t reader : readers) {
      ::kill(reader, SIGKILL);
      waitpid(reader, &status, 0);
      harness.expect(WIFSIGNALED(status), "a reader missed what was kept, or read wrong bytes");
    }
    for (size_t i = 0; i < kPinned + kLeased; ++i)
      harness.expect(is_there(store, i), (i < kPinned ? "pinned " : "leased ") + std::to_string(i) + " is lost");
    if (harness.round() % 10 != 9) continue;
    harness.expect(shop.retort(words).code == 0, "the next gc does not end well");
    for (size_t i = 0; i < kPinned + kLeased; ++i) harness.expect(is_there(store, i), "lost by the gc after it");
  }
  return harness.finish(std::to_string(in_time) + " killed before the end, " + std::to_string(trashed) +
                        " with something in trash");
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }
