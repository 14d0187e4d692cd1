#include "cli/session/session.h"

#include <filesystem>
#include <iostream>

#include "cli/session/plugin_places.h"
#include "core/error.h"
#include "core/nearest.h"
#include "graph/read.h"
#include "graph/value_name.h"
#include "log/log.h"
#include "sched/slots.h"

namespace retort {

void GraphOptions::add_to(Options& options, bool graph_needed) {
  options.argument("GRAPH", graph, "the graph, a JSON file", graph_needed);
  options.list("--set", sets, "replace a value: node.param=value, seed=1, … (may be repeated)");
  options.list("--sweep", sweeps, "another axis, or other values of one: node.param=a,b,c (may be repeated)");
  options.value("--add-seeds", add_seeds, "so many replicates more than the graph has");
  options.value("--store", store,
                "folder of results; default $RETORT_STORE, the nearest .retort/ upward, the user's data");
  options.value("--device", device, "cpu or cuda, instead of the graph's own");
}

Store open_store(const std::string& option) {
  Store store = Store::open(Store::default_root(option, std::filesystem::current_path()));
  log(LogLevel::debug, "store", store.root().string());
  for (const auto& remark : store.remarks()) log(LogLevel::warning, "store", remark);
  return store;
}

bool read_checked(const GraphOptions& options, const Catalog& catalog, Graph& graph) {
  ReadOptions read;
  read.sets = options.sets;
  read.sweeps = options.sweeps;
  read.add_seeds = options.add_seeds;
  read.texts = options.texts;
  read.device = options.device;
  read.cuda = cuda_is_here();
  read.shows_only = options.shows_only;
  Diagnostics diagnostics;
  graph = read_graph(options.graph, catalog, read, diagnostics);
  std::cerr << to_string(diagnostics);
  if (!diagnostics.has_errors()) return true;
  for (const auto& problem : catalog.problems()) log(LogLevel::warning, "plugins", problem);
  if (graph.lacks_plugins) std::cerr << where_it_looked(options.graph, options.store) << '\n';
  std::cerr << diagnostics.errors() << (diagnostics.errors() == 1 ? " error" : " errors") << "; nothing was run\n";
  return false;
}

Session::Session(Catalog the_catalog, Graph the_graph, Store the_store)
    : catalog(std::move(the_catalog)),
      graph(std::move(the_graph)),
      store(std::move(the_store)),
      sources(store.root() / "sources" / "digests.json"),
      names(store, graph.file),
      plan(graph, store, sources, names) {}

std::unique_ptr<Session> Session::open(const GraphOptions& options) {
  // Nodes keep pointers to manifests: the catalog lives on the heap before the graph is read, and moving it keeps its
  // map's elements where they are.
  Catalog catalog = Catalog::read(plugin_folders(options.graph, options.store));
  if (options.shows_only)
    recall_plugins(Store::default_root(options.store, std::filesystem::current_path()), options.graph, catalog);
  Graph graph;
  if (!read_checked(options, catalog, graph)) return nullptr;
  return std::make_unique<Session>(std::move(catalog), std::move(graph), open_store(options.store));
}

std::optional<size_t> Session::find_node(const std::string& name) const {
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (graph.nodes[i].name == name) return i;
  if (name.find('{') == std::string::npos) return std::nullopt;
  const std::string plain = plain_numbers(name);
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    if (plain_numbers(graph.nodes[i].name) == plain) return i;
  return std::nullopt;
}

size_t Session::node(const std::string& name) const {
  if (const auto found = find_node(name)) return *found;
  std::vector<std::string> names_here;
  for (const auto& one : graph.nodes) names_here.push_back(one.name);
  const std::string near = nearest(name, names_here);
  throw Error(ErrorKind::user,
              graph.file + " has no node \"" + name + "\"" + (near.empty() ? "" : "; " + did_you_mean(near)));
}

}  // namespace retort
