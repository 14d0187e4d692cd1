#pragma once
// A graph of test.work nodes, what an undisturbed run of it stores, and what its traces tell.
#include <fcntl.h>

#include <fstream>
#include <map>
#include <set>
#include <string>

#include "whole/engine/workshop.h"

namespace retort {

/// Three layers, each node hanging on two of the layer above; outputs of 1 to 9 KiB, so some lie in records, some in
/// objects.
inline Json work_nodes(size_t width, int milliseconds, const std::filesystem::path& trace) {
  Json nodes = Json::object();
  for (int layer = 0; layer < 3; ++layer)
    for (size_t i = 0; i < width; ++i) {
      const auto name = [&](int l, size_t n) { return "n" + std::to_string(l) + "_" + std::to_string(n % width); };
      Json node = {{"type", "test.work"},
                   {"params",
                    {{"mark", name(layer, i)},
                     {"milliseconds", milliseconds},
                     {"size", 1000 + 4000 * static_cast<int>((i + static_cast<size_t>(layer)) % 3)},
                     {"trace", trace.string()}}}};
      if (layer > 0) node["inputs"] = {{"from", {name(layer - 1, i), name(layer - 1, i + 1)}}};
      nodes[name(layer, i)] = node;
    }
  return nodes;
}

/// Key → digests of its outputs, of every record in the store; a record or object that cannot be read is a wrong one.
inline std::map<std::string, std::string> results_of(const Store& store) {
  std::map<std::string, std::string> results;
  for (const auto& key : store.keys()) {
    const auto record = store.find(key);
    if (!record) {
      results[key] = "damaged record";
      continue;
    }
    for (const auto& [port, output] : record->outputs) results[key] += port + " " + output.digest + "\n";
    if (const auto missing = store.missing(*record); !missing.empty()) results[key] = missing;
  }
  return results;
}

/// Records of `found` that are not those of `right`, in words; empty if there are none.
inline std::string wrong_results(const std::map<std::string, std::string>& found,
                                 const std::map<std::string, std::string>& right) {
  std::string wrong;
  for (const auto& [key, result] : found)
    if (const auto it = right.find(key); it == right.end() || it->second != result)
      wrong += key.substr(0, 12) + ": " + result + "; ";
  return wrong;
}

/// One line of a trace: a worker began a node ("start"), found another at the same key instead ("TWICE"), or found
/// another on its card ("SHARED", after one of the others).
struct Start {
  std::string what, mark;
  pid_t worker = 0;
};

inline std::vector<Start> starts_in(const std::filesystem::path& trace) {
  std::vector<Start> starts;
  std::ifstream in(trace / "starts");
  for (Start one; in >> one.what >> one.mark >> one.worker;) starts.push_back(one);
  return starts;
}

inline size_t count_of(const std::string& what, const std::vector<Start>& starts) {
  size_t count = 0;
  for (const auto& one : starts) count += one.what == what;
  return count;
}

/// Whether it runs; a zombie does not.
inline bool is_alive(pid_t process) {
  std::ifstream about("/proc/" + std::to_string(process) + "/stat");
  std::string number, name, state;
  return about >> number >> name >> state && state != "Z" && state != "X";
}

}  // namespace retort
