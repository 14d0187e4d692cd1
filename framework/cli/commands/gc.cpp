#include <iostream>

#include "cli/amounts.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/results/cited_results.h"
#include "cli/results/results.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/system_text.h"
#include "events/view.h"

namespace retort {
namespace {

struct GcOptions {
  std::string to, older, keep_younger, grace, store;
  size_t keep_runs = 1;
  bool cited_too = false, dry_run = false, json = false;
};

std::string cited_text(const Collectable& result) {
  if (result.cited_by.empty()) return "";
  std::string text = "; cited by " + result.cited_by.front();
  if (result.cited_by.size() > 1) text += " and " + std::to_string(result.cited_by.size() - 1) + " more";
  return text;
}

std::string counted(size_t count, const std::string& one, const std::string& many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

void print(const Collection& collection, bool dry_run) {
  for (const auto& result : collection.going)
    std::cout << result.key.substr(0, 12) << "  " << (result.node.empty() ? "(no name)" : result.node) << " ("
              << result.type << "), " << size_text(result.bytes) << ", " << duration_text(result.seconds)
              << " to compute again" << cited_text(result) << '\n';
  std::cout << (dry_run ? "would go: " : "gone: ") << collection.going.size() << " of "
            << counted(collection.results, "result", "results") << ", "
            << size_text(collection.bytes_before - collection.bytes_after) << " of "
            << size_text(collection.bytes_before) << "; " << duration_text(collection.seconds)
            << " to compute them again\n";
  if (!collection.orphans.empty())
    std::cout << "  with it " << counted(collection.orphans.size(), "object", "objects") << " without a record ("
              << size_text(collection.orphan_bytes) << ")\n";
  if (!collection.checkpoints.empty())
    std::cout << "  with it the checkpoints of " << counted(collection.checkpoints.size(), "node", "nodes")
              << " that nobody computes\n";
  std::cout << "  stays: " << collection.pinned << " pinned, " << collection.cited << " cited by kept runs, "
            << collection.in_use << " in use\n";
}

Json to_json(const Collection& collection) {
  Json going = Json::array();
  for (const auto& result : collection.going)
    going.push_back({{"key", result.key},
                     {"node", result.node},
                     {"type", result.type},
                     {"bytes", result.bytes},
                     {"seconds", result.seconds},
                     {"cited_by", result.cited_by}});
  return {{"going", going},
          {"results", collection.results},
          {"bytes_before", collection.bytes_before},
          {"bytes_after", collection.bytes_after},
          {"seconds", collection.seconds},
          {"orphans", collection.orphans.size()},
          {"orphan_bytes", collection.orphan_bytes},
          {"checkpoints", collection.checkpoints.size()},
          {"pinned", collection.pinned},
          {"cited", collection.cited},
          {"in_use", collection.in_use}};
}

int collect_garbage(const GcOptions& options) {
  CollectionWish wish;
  if (!options.to.empty()) wish.to_bytes = size_value(options.to);
  if (!options.older.empty()) wish.older_than = time_value(options.older);
  if (!options.grace.empty()) wish.grace = time_value(options.grace);
  wish.cited_too = options.cited_too;
  KeepRuns keep;
  keep.newest = options.keep_runs;
  if (!options.keep_younger.empty()) keep.younger_than = time_value(options.keep_younger);
  const Store store = open_store(options.store);
  Leases leases(store);
  const Collection collection = plan_collection(store, leases, cited_results(store, keep), wish);
  const uint64_t freed = options.dry_run ? 0 : collect(store, leases, collection, wish);
  if (options.json) {
    Json json = to_json(collection);
    json["freed"] = freed;
    std::cout << dump_text(json, 1) << '\n';
    return kDone;
  }
  print(collection, options.dry_run);
  if (options.dry_run) return kDone;
  std::cout << "  " << size_text(freed) << " freed on disk; what went now can be put back until the next gc after "
            << duration_text(static_cast<double>(wish.grace.count())) << '\n';
  return kDone;
}

int run(const Words& words) {
  GcOptions gc;
  Options options(
      "gc", "Takes out results that are worth least: the seconds they took over the bytes they take.",
      "Never what is pinned, in use, or cited by a kept run. What goes lies in trash/ for a time of grace, and "
      "comes back by itself if it is wanted. Without --to and --older only what belongs to no result goes.");
  options.value("--to", gc.to, "until records and objects take this much: 500M, 10G");
  options.value("--older", gc.older, "everything older than this: 12h, 30d");
  options.value("--keep-runs", gc.keep_runs, "runs of each graph whose results stay, the newest; default 1");
  options.value("--keep-younger", gc.keep_younger, "runs younger than this keep their results too: 12h, 30d");
  options.flag("--cited-too", gc.cited_too, "what kept runs cite may go, after everything else");
  options.value("--grace", gc.grace, "how long what goes can still be put back; default 1h");
  options.flag("--dry-run", gc.dry_run, "only say what would go, what it costs to get back, and which runs cite it");
  options.value("--store", gc.store, "folder of results");
  options.flag("--json", gc.json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  return collect_garbage(gc);
}

}  // namespace

extern const Command gc_command = {"", "gc", "Take out results that are worth least", run};

}  // namespace retort
