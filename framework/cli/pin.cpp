#include <algorithm>
#include <iostream>

#include "cli/all.h"
#include "cli/options.h"
#include "cli/result_name.h"
#include "cli/run_list.h"
#include "cli/session.h"
#include "core/error.h"
#include "core/system_text.h"
#include "store/pins.h"

namespace retort {
namespace {

/// What a name that was typed stands for, and how pins are called for it.
struct Pinned {
  std::string typed, name;
};

/// Runs by their ids, results by what else stands there.
std::vector<Pinned> pinned(const Store& store, const Words& words) {
  const auto runs = run_ids(store);
  const ResultNames results(store);
  std::vector<Pinned> all;
  Words named;  // a graph and the node behind it
  for (const auto& word : words) {
    if (std::find(runs.begin(), runs.end(), word) != runs.end()) {
      all.push_back({word, "run-" + word});
      continue;
    }
    named.push_back(word);
    if (results.is_graph(word) && &word != &words.back()) continue;
    all.push_back({word, results.find_all(named).back().key});
    named.resize(results.is_graph(named.front()) ? 1 : 0);
  }
  return all;
}

int list(const Store& store, bool json) {
  Json all = Json::array();
  for (const auto& pin : Pins(store).all()) {
    all.push_back({{"name", pin.name}, {"why", pin.why}, {"by", pin.by}, {"when", pin.when}});
    if (json) continue;
    std::cout << (pin.name.rfind("run-", 0) == 0 ? "run " + pin.name.substr(4) : pin.name.substr(0, 12));
    if (!pin.by.empty()) std::cout << "  by " << pin.by << ", " << pin.when;
    std::cout << (pin.why.empty() ? "" : "  " + pin.why) << '\n';
  }
  if (json) std::cout << dump_text(all, 1) << '\n';
  return kDone;
}

}  // namespace

int pin_command(const Words& words) {
  std::vector<std::string> names;
  std::string why, store_option;
  bool json = false;
  Options options("pin",
                  "Keeps results, or all results of a run, whatever gc collects; without names, lists the pins.",
                  kResultNames);
  options.arguments("NAME", names, "results, a graph before its nodes, or ids of runs");
  options.value("--why", why, "a word for those who meet the pin later");
  options.value("--store", store_option, "folder of results");
  options.flag("--json", json, "list as JSON");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  if (names.empty()) return list(store, json);
  for (const auto& [word, name] : pinned(store, names)) {
    Pins(store).add(name, why);
    // A collection may have taken it between the look and the pin: looking again puts it back.
    if (name.rfind("run-", 0) != 0 && !store.find(name))
      throw Error(ErrorKind::data, "result " + name.substr(0, 12) + " was just collected");
    std::cout << "pinned " << word << '\n';
  }
  return kDone;
}

int unpin_command(const Words& words) {
  std::vector<std::string> names;
  std::string store_option;
  Options options("unpin", "Lets gc collect again what was pinned.", kResultNames);
  options.arguments("NAME", names, "results, a graph before its nodes, or ids of runs");
  options.value("--store", store_option, "folder of results");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  for (const auto& [word, name] : pinned(store, names)) {
    if (!Pins(store).remove(name))
      throw Error(ErrorKind::user, "\"" + word + "\" is not pinned; retort pin lists what is");
    std::cout << "unpinned " << word << '\n';
  }
  return kDone;
}

}  // namespace retort
