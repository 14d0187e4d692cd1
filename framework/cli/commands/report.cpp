#include <iostream>

#include "cli/command.h"
#include "cli/files/new_file.h"
#include "cli/page/subject.h"

namespace retort {
namespace {

int run(const Words& words) {
  GraphOptions graph;
  std::string file = "report.html";
  SheetLimits limits;
  Options options("report", "Writes one HTML file that shows a graph or a run: states, tables, curves, images, times.",
                  "GRAPH may also be the id of a run. The file needs nothing else and asks no other host.");
  graph.add_to(options);
  options.value("-o,--output", file, "the file to write; default report.html");
  options.value("--sheets", limits.sheets, "show the images of at most so many nodes; default 24");
  if (const auto code = options.parse(words)) return *code;
  check_place(file, kReportFile, /*streams=*/true);  // before the work
  const Store store = open_store(graph.store);
  std::optional<Subject> subject;
  if (names_a_run(store, graph.graph)) {
    subject = subject_of_run(store, graph.graph);
  } else {
    subject = subject_of_graph(graph);
  }
  if (!subject) return kUsage;
  write_new_file(file, kReportFile, page_html(page_parts(*subject, store, limits), /*live=*/false));
  std::cout << file << '\n';
  return kDone;
}

}  // namespace

extern const Command report_command = {"", "report", "Write one HTML file that shows a graph or a run", run};

}  // namespace retort
