#include <iostream>

#include "cli/command.h"
#include "cli/runs/last_runs.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/nearest.h"
#include "tables/choose.h"
#include "tables/write.h"

namespace retort {
namespace {

using Form = std::string (*)(const Table&);

Form form_of(const std::string& name) {
  static const std::vector<std::pair<std::string, Form>> forms = {
      {"text", to_text}, {"markdown", to_markdown}, {"latex", to_latex}, {"csv", to_csv}, {"long-csv", to_long_csv}};
  std::vector<std::string> names = {"json"};
  for (const auto& [one, form] : forms) {
    if (one == name) return form;
    names.push_back(one);
  }
  const std::string near = nearest(name, names);
  throw Error(ErrorKind::user,
              "there is no format \"" + name + "\"; " +
                  (near.empty() ? "there are: text, markdown, latex, csv, long-csv, json" : did_you_mean(near)));
}

struct TableOptions {
  GraphOptions graph;
  TableChoice choice;
  std::string format = "text", rows, columns, stats, confidence;
  std::vector<std::string> metrics;
  bool json = false, csv = false, keys = false;

  void add_to(Options& options) {
    graph.add_to(options);
    options.value("--format", format, "text, markdown, latex, csv, long-csv (one line a replicate) or json");
    options.flag("--json", json, "the same as --format json");
    options.flag("--csv", csv, "the same as --format csv");
    options.flag("--keys", keys, "list the key behind every value");
    options.value("--node", choice.node, "a table of this node instead of the graph's own");
    options.list("--metric", choice.metrics, "metric to show (may be repeated)");
    options.value("--rows", rows, "axes of the rows: a,b");
    options.value("--columns", columns, "axes of the columns: a,b");
    options.value("--stat", stats, "what to show of a cell, of mean,std,ci,n; default mean,std,n");
    options.value("--confidence", confidence, "of every interval; default 0.95");
    options.list("--baseline", choice.baseline,
                 "axis=value of the cell that others are compared with (may be repeated)");
    options.value("--best", choice.best, "max or min: mark the best cell of a column, if the intervals say so");
  }

  void read() {
    const auto given = [](const std::string& text) {
      return text.empty() ? std::nullopt : std::optional(split_list(text));
    };
    choice.rows = given(rows);
    choice.columns = given(columns);
    choice.stats = given(stats);
    if (confidence.empty()) return;
    char* end = nullptr;
    choice.confidence = std::strtod(confidence.c_str(), &end);
    if (*end) throw Error(ErrorKind::user, "--confidence expects a number, got \"" + confidence + "\"");
  }
};

void print_keys(const Table& table) {
  for (const auto& row : table.cells)
    for (const auto& cell : row)
      for (const auto& one : cell.observations)
        std::cout << (one.key.empty() ? std::string(64, '-') : one.key) << "  " << name_of(one.state) << "  "
                  << one.node << '\n';
}

void print(const std::vector<Table>& tables, const TableOptions& table) {
  if (table.json || table.format == "json") {
    std::cout << to_json(tables).dump(1) << '\n';
    return;
  }
  const Form form = form_of(table.csv ? "csv" : table.format);
  for (size_t i = 0; i < tables.size(); ++i) {
    std::cout << (i == 0 ? "" : "\n") << form(tables[i]);
    if (table.keys) print_keys(tables[i]);
  }
}

int run(const Words& words) {
  TableOptions table;
  Options options("table", "Prints the tables of a graph from the results that are there; runs nothing.",
                  "What is missing, failed or stale is shown as such. CSV and JSON hold all digits.");
  table.add_to(options);
  if (const auto code = options.parse(words)) return *code;
  table.read();
  table.graph.shows_only = true;
  const auto session = Session::open(table.graph);
  if (!session) return kUsage;
  const auto specs = chosen_tables(session->graph, table.choice);
  const auto failures = failures_of(session->plan, session->store);
  print(make_tables({session->plan, session->store, failures}, specs), table);
  if (specs.empty())
    std::cerr << session->graph.file << " asks for no table: add \"tables\" to it, or give --node and --metric\n";
  return kDone;
}

}  // namespace

extern const Command table_command = {"", "table", "Print the tables of a graph from results that are there", run};

}  // namespace retort
