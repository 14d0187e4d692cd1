// tests/whole/graphs/x.json and tests/whole/graphs/broken/x.json in, x.expect out: the exact diagnostics, or the graph
// as resolved where there are none. Leading lines `// --set …` and `// --sweep …` are options. RETORT_UPDATE=1 writes
// the expected texts; read them before you commit them.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <sstream>

#include "graph/read.h"
#include "graph/resolved.h"
#include "toy_catalog.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const std::string folder : {"", "broken/"})
    for (const auto& entry : fs::directory_iterator(graphs_folder() / folder))
      if (entry.path().extension() == ".json") names.push_back(folder + entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class GraphData : public testing::TestWithParam<std::string> {};

TEST_P(GraphData, SaysExactly) {
  const fs::path before = fs::current_path();
  fs::current_path(graphs_folder());
  setenv("RETORT_DATA", "/nowhere/data", 1);
  ReadOptions options;
  std::istringstream lines(read_file(GetParam() + ".json"));
  for (std::string line; std::getline(lines, line) && line.rfind("// --", 0) == 0;)
    (line[5] == 's' && line[6] == 'w' ? options.sweeps : options.sets).push_back(line.substr(line.find(' ', 5) + 1));

  Diagnostics diagnostics;
  const Graph graph = read_graph(GetParam() + ".json", toy_catalog(), options, diagnostics);
  std::string said = diagnostics.has_errors() ? to_string(diagnostics) : resolved_text(graph);
  const std::string here = fs::current_path().string();
  for (size_t at; (at = said.find(here)) != std::string::npos;) said.replace(at, here.size(), "@HERE@");
  const std::string own = build_string();
  for (size_t at; (at = said.find(own)) != std::string::npos;) said.replace(at, own.size(), "@BUILD@");

  const std::string file = GetParam() + ".expect";
  if (std::getenv("RETORT_UPDATE")) write_file(file, said);
  EXPECT_EQ(said, fs::exists(file) ? read_file(file) : "");
  fs::current_path(before);
}

TEST(BrokenGraphs, AreAtLeastSixtyAndNoneIsValid) {
  size_t count = 0;
  for (const auto& entry : fs::directory_iterator(graphs_folder() / "broken"))
    if (entry.path().extension() == ".expect") {
      ++count;
      EXPECT_NE(read_file(entry.path()).find("error: "), std::string::npos) << entry.path();
    }
  EXPECT_GE(count, 60u);
}

INSTANTIATE_TEST_SUITE_P(Graphs, GraphData, testing::ValuesIn(cases()), [](const auto& one) {
  std::string name = one.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

}  // namespace
}  // namespace retort
