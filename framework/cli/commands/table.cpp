#include <algorithm>
#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/runs/last_runs.h"
#include "cli/runs/next_commands.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/nearest.h"
#include "tables/choose.h"
#include "tables/metrics.h"
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
    options.value("--node", choice.node,
                  "a table of this node instead of the graph's own; without --metric: the metrics it has");
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

/// What `--metric` may name, with one value each.
void print_metrics(const Session& session, const TableOptions& table) {
  const std::string& node = table.choice.node;
  std::map<std::string, double> values;
  std::map<std::string, std::string> of;  // metric → the first node that has it
  for (const auto& one : metrics_there(session.plan)) {
    if (one.base != node && one.node != node) continue;
    for (const auto& [name, value] : one.values)
      if (values.emplace(name, value).second) of[name] = one.node;
  }
  if (table.json || table.format == "json") {
    std::cout << Json{{"node", node}, {"metrics", values}}.dump(1) << '\n';
    return;
  }
  for (const auto& [name, value] : values)
    std::cout << name << " = " << metric_text(value) << "   " << of[name] << '\n';
  if (values.empty())
    std::cerr << node << " has no result with metrics yet\n";
  else
    std::cerr << "a table: "
              << command_of_table(table.graph,
                                  option_words("--node", node) + option_words("--metric", values.begin()->first))
              << '\n';
}

/// Throws Error(user) for a metric that no result of a table's nodes has, as soon as there are results.
void check_metrics(const Plan& plan, const std::vector<TableSpec>& specs) {
  for (const auto& spec : specs) {
    std::vector<std::string> nodes = {spec.node};
    if (!spec.list.empty()) nodes.clear();
    for (const auto& row : spec.list) nodes.push_back(row.node);
    for (const auto& metric : spec.metrics) {
      std::vector<std::string> there;
      for (const auto& node : nodes)
        for (auto& name : metric_names(plan, node)) there.push_back(std::move(name));
      if (!there.empty() && std::find(there.begin(), there.end(), metric) == there.end())
        throw Error(ErrorKind::user, no_such_metric(nodes.front(), metric, metric_names(plan, nodes.front())));
    }
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
  if (!table.choice.node.empty() && table.choice.metrics.empty()) return print_metrics(*session, table), kDone;
  if (!table.choice.metrics.empty()) check_metrics(session->plan, specs);
  const auto failures = failures_of(session->plan, session->store);
  print(make_tables({session->plan, session->store, failures}, specs), table);
  if (specs.empty())
    std::cerr
        << session->graph.file
        << " asks for no table: add \"tables\" to it, or give --node and --metric (--node alone lists its metrics)\n";
  return kDone;
}

}  // namespace

extern const Command table_command = {"", "table", "Print the tables of a graph from results that are there", run};

}  // namespace retort
