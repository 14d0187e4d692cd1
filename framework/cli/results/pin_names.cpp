#include "cli/results/pin_names.h"

#include <algorithm>

#include "cli/results/result_name.h"
#include "cli/runs/run_list.h"

namespace retort {

std::vector<PinName> pin_names(const Store& store, const Words& words) {
  const auto runs = run_ids(store);
  const ResultNames results(store);
  std::vector<PinName> all;
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

}  // namespace retort
