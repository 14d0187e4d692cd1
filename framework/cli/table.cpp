#include <iostream>

#include "cli/all.h"
#include "cli/session.h"
#include "cli/tables.h"

namespace retort {

int table_command(const Words& words) {
  GraphOptions graph;
  bool json = false, csv = false;
  Options options("table", "Prints the tables of a graph from the results that are there; runs nothing.");
  graph.add_to(options);
  options.flag("--json", json, "print as JSON");
  options.flag("--csv", csv, "print as CSV");
  if (const auto code = options.parse(words)) return *code;
  const auto session = Session::open(graph);
  if (!session) return kUsage;
  const auto tables = make_tables(session->plan, nullptr);
  if (json) {
    Json all = Json::array();
    for (const auto& table : tables) all.push_back(to_json(table));
    std::cout << all.dump(1) << '\n';
    return kDone;
  }
  for (size_t i = 0; i < tables.size(); ++i)
    std::cout << (i == 0 ? "" : "\n") << (csv ? to_csv(tables[i]) : to_text(tables[i]));
  if (tables.empty()) std::cerr << session->graph.file << " asks for no table: add \"tables\" to it\n";
  return kDone;
}

}  // namespace retort
