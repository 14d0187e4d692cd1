// An ablation, changed and run again as often as there are rounds: the store grows by distinct output bytes and little
// else, and a collection comes as near to its target as it says.
#include <algorithm>
#include <map>

#include "harness.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kCells = 30;
constexpr size_t kSize = 300000;  // bytes of an output
constexpr double kMostGrowth = 1.05, kLeastFill = 0.95;

/// Every file of the store: records, objects, logs, names, everything.
uint64_t bytes_in(const fs::path& folder) {
  uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

uint64_t distinct_bytes(const Store& store) {
  std::map<std::string, uint64_t> sizes;
  for (const auto& key : store.keys()) {
    const auto record = store.find(key);
    for (const auto& [port, output] : record->outputs)
      for (const auto& file : output.files) sizes[file.digest] = file.size;
  }
  uint64_t bytes = 0;
  for (const auto& [digest, size] : sizes) bytes += size;
  return bytes;
}

int run(int argc, char** argv) {
  Harness harness("growth", argc, argv, 5);
  Workshop shop;
  Json nodes = {{"base", {{"type", "test.text"}, {"params", {{"text", "base"}, {"size", kSize}}}}}};
  for (int i = 0; i < kCells; ++i) {
    const std::string name = "cell" + std::to_string(i);
    nodes[name] = {{"type", "test.copy"}, {"inputs", {{"from", "base"}}}, {"params", {{"suffix", name}}}};
    nodes[name + "_end"] = {{"type", "test.copy"}, {"inputs", {{"from", name}}}};
  }
  shop.graph(nodes);
  double most = 0, least_fill = 1;
  while (harness.next()) {
    const std::string suffix = std::to_string(harness.round());
    const Outcome outcome =
        shop.retort({"run", "g.json", "--set", "cell0.suffix=a" + suffix, "--set", "cell1.suffix=b" + suffix});
    harness.expect(outcome.code == 0, outcome.err);
    const double growth =
        static_cast<double>(bytes_in(shop.store_root)) / static_cast<double>(distinct_bytes(shop.store()));
    most = std::max(most, growth);
    harness.expect(growth <= kMostGrowth,
                   "the store is " + std::to_string(growth) + " times its distinct output bytes");
  }
  const uint64_t before = bytes_in(shop.store_root / "results") + bytes_in(shop.store_root / "objects");
  for (const double share : {0.9, 0.6, 0.4}) {
    const auto target = static_cast<uint64_t>(share * static_cast<double>(before));
    harness.expect(shop.retort({"gc", "--to", std::to_string(target), "--cited-too", "--grace", "0"}).code == 0,
                   "gc fails");
    const double fill =
        static_cast<double>(bytes_in(shop.store_root / "results") + bytes_in(shop.store_root / "objects")) /
        static_cast<double>(target);
    least_fill = std::min(least_fill, fill);
    harness.expect(fill <= 1 && fill >= kLeastFill,
                   "gc to " + std::to_string(target) + " leaves " + std::to_string(fill));
  }
  char text[160];
  std::snprintf(text, sizeof text,
                "store at most %.4f times the distinct output bytes; gc fills %.4f of its target or more", most,
                least_fill);
  return harness.finish(text);
}

}  // namespace
}  // namespace retort

int main(int argc, char** argv) { return retort::run(argc, argv); }
