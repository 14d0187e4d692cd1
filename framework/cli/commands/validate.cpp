#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/session/plugin_places.h"
#include "core/system_text.h"
#include "graph/read.h"

namespace retort {
namespace {

/// Prints what is wrong with one graph, or that nothing is. True if it is valid.
bool validate(const std::string& file, const Catalog& catalog, const ReadOptions& options, Json* json) {
  Diagnostics diagnostics;
  const Graph graph = read_graph(file, catalog, options, diagnostics);
  const bool valid = !diagnostics.has_errors();
  if (json) {
    Json one = {{"file", file}, {"valid", valid}, {"diagnostics", to_json(diagnostics)}};
    if (valid) one["nodes"] = graph.nodes.size();
    json->push_back(std::move(one));
    return valid;
  }
  const auto counted = [](size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "\n" : "s\n");
  };
  std::cerr << to_string(diagnostics);
  if (graph.lacks_plugins) std::cerr << where_it_looked(file, "") << '\n';
  if (valid)
    std::cout << file << ": valid, " << counted(graph.nodes.size(), "node");
  else
    std::cerr << file << ": " << counted(diagnostics.sorted().size(), "mistake");
  return valid;
}

int run(const Words& words) {
  std::vector<std::string> files;
  ReadOptions read;
  bool json = false, no_files = false;
  Options options("validate", "Checks graphs: every mistake, with its place. Runs nothing and opens no plugin.");
  options.arguments("graph", files, "Graphs");
  options.list("--set", read.sets, "node.parameter=value: changes the graph as it is read");
  options.value("--device", read.device, "cpu, cuda or auto instead of the graph's own");
  options.flag("--no-files", no_files, "Do not look for the data files that graphs name");
  options.flag("--json", json, "Print JSON");
  if (const auto code = options.parse(words)) return *code;
  if (files.empty()) {
    std::cerr << "retort validate: which graph?\n";
    return kUsage;
  }
  read.check_files = !no_files;
  std::map<std::vector<std::filesystem::path>, Catalog> catalogs;  // plugins may lie beside a graph
  Json all = Json::array();
  bool valid = true;
  for (const auto& file : files) {
    const auto folders = plugin_folders(file, "");
    const auto [known, fresh] = catalogs.try_emplace(folders);
    if (fresh) known->second = Catalog::read(folders);
    if (fresh)
      for (const auto& problem : known->second.problems()) std::cerr << "warning: " << problem << '\n';
    valid = validate(file, known->second, read, json ? &all : nullptr) && valid;
  }
  if (json) std::cout << dump_text(all, 1) << '\n';
  return valid ? kDone : kUsage;
}

}  // namespace

extern const Command validate_command = {"", "validate", "Check graphs: every mistake, with its place", run};

}  // namespace retort
