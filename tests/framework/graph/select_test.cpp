#include "graph/select.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "graph/read.h"
#include "toy_catalog.h"

namespace retort {
namespace {

using ::testing::ElementsAre;

/// images{lr} from one teacher, score{lr,epochs,seed}; a table and a collected one.
Graph swept() {
  const std::filesystem::path file =
      std::filesystem::path(testing::TempDir()) / ("retort_select_test_" + std::to_string(::getpid()) + ".json");
  write_file(file, R"({"retort": 1, "nodes": {
    "data": {"type": "dataset.toy"},
    "teacher": {"type": "pretrain.supervised", "inputs": {"data": "data.train"}, "params": {"network": {"type": "resnet18"}}},
    "images": {"type": "recover", "inputs": {"teachers": ["teacher"]}, "params": {"per_class": 1}},
    "score": {"type": "evaluate.student", "inputs": {"images": "images", "test": "data.test"}}},
    "sweep": {"axes": {"lr": {"path": "images.lr", "values": [0.1, 0.4]},
                       "recipe": {"short, once": {"score.epochs": 1}, "long": {}}},
              "baseline": {"lr": 0.4}, "replicate": {"seed": [0, 1], "nodes": ["score"]},
              "collect": {"metric": "score.accuracy_last", "over": "seed", "stat": ["mean", "ci90"]}},
    "tables": [{"node": "score", "metrics": ["accuracy_last"], "rows": ["lr"], "columns": ["recipe"], "best": "max",
                "baseline": {"lr": 0.1}, "confidence": 0.9}]})");
  Diagnostics diagnostics;
  Graph graph = read_graph(file.string(), toy_catalog(), {}, diagnostics);
  std::filesystem::remove(file);
  EXPECT_EQ(to_string(diagnostics), "");
  return graph;
}

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> all;
  for (const auto& node : graph.nodes) all.push_back(node.name);
  return all;
}

std::vector<std::string> chosen(const Selection& selection) {
  const Graph graph = swept();
  return names(part_of(graph, selected(graph, selection)));
}

std::string refused(const Selection& selection) {
  const Graph graph = swept();
  try {
    selected(graph, selection);
    return "";
  } catch (const Error& error) {
    std::string text = error.what();
    if (const size_t at = text.find(graph.file); at != std::string::npos) text.replace(at, graph.file.size(), "g.json");
    return text;
  }
}

TEST(Select, ACellAndWhatItNeeds) {
  EXPECT_THAT(chosen({{"lr=0.4,recipe=short, once,seed=1"}, "", "", {}}),
              ElementsAre("data", "teacher", "images{lr=0.4}", "score{lr=0.4,recipe=short, once,seed=1}"));
  EXPECT_THAT(chosen({{"lr=0.10,recipe=long,seed=0", "images{lr=0.4}"}, "", "", {}}),
              ElementsAre("data", "teacher", "images{lr=0.1}", "images{lr=0.4}", "score{lr=0.1,recipe=long,seed=0}"));
}

TEST(Select, NumbersMayBeWrittenOtherwise) {
  const auto wanted = ElementsAre("data", "teacher", "images{lr=0.4}");
  for (const std::string lr : {"0.4", "0.40", ".4", "4e-1"}) {
    EXPECT_THAT(chosen({{"images{lr=" + lr + "}"}, "", "", {}}), wanted) << lr;
    EXPECT_THAT(chosen({{}, "", "images{lr=" + lr + "}", {}}), wanted) << lr;
    EXPECT_EQ(chosen({{"lr=" + lr}, "", "", {}}).size(), 7u) << lr;
  }
}

TEST(Select, UpToANodeAndFromOneOn) {
  EXPECT_THAT(chosen({{}, "", "images", {}}), ElementsAre("data", "teacher", "images{lr=0.1}", "images{lr=0.4}"));
  EXPECT_THAT(chosen({{"recipe=long,lr=0.1"}, "", "images", {}}), ElementsAre("data", "teacher", "images{lr=0.1}"));
  EXPECT_EQ(chosen({{}, "images{lr=0.1}", "", {}}).size(), 3u + 4u);
  EXPECT_THAT(chosen({{}, "teacher", "teacher", {}}), ElementsAre("data", "teacher"));
}

TEST(Select, LinksOfThePartLeadToItsNodes) {
  const Graph graph = swept();
  const Graph part = part_of(graph, selected(graph, {{"lr=0.4,recipe=long,seed=0"}, "", "", {}}));
  const GraphNode& score = part.nodes.back();
  EXPECT_EQ(part.nodes[score.inputs.at("images")[0].node].name, "images{lr=0.4}");
  EXPECT_EQ(part.nodes[score.inputs.at("test")[0].node].name, "data");
}

TEST(Select, NamesTheNearest) {
  EXPECT_EQ(refused({{"rl=0.1"}, "", "", {}}), "--only rl=0.1: there is no axis or node \"rl\"; did you mean \"lr\"?");
  EXPECT_EQ(refused({{"lr=0.2"}, "", "", {}}),
            "--only lr=0.2: axis \"lr\" has no value \"0.2\"; did you mean \"0.1\"?");
  EXPECT_EQ(refused({{"recipe=x"}, "", "", {}}),
            "--only recipe=x: axis \"recipe\" has no value \"x\"; there are: short, once, long");
  EXPECT_EQ(refused({{}, "imags", "", {}}), "--from imags: there is no node \"imags\"; did you mean \"images\"?");
  EXPECT_EQ(refused({{}, "", "scor", {}}), "--until scor: there is no node \"scor\"; did you mean \"score\"?");
  EXPECT_EQ(refused({{}, "score", "teacher", {}}), "no node of g.json is in that choice");
}

TEST(Sweep, SaysItsAxesAndTables) {
  const Graph graph = swept();
  EXPECT_EQ(graph.cells, 4u);
  ASSERT_EQ(graph.axes.size(), 2u);
  EXPECT_THAT(graph.axes[0].values, ElementsAre("0.1", "0.4"));
  EXPECT_EQ(graph.axes[0].baseline, "0.4");
  EXPECT_THAT(graph.axes[0].paths, ElementsAre("images.params.lr"));
  ASSERT_EQ(graph.tables.size(), 2u);
  EXPECT_EQ(graph.tables[0].best, "max");
  EXPECT_EQ(graph.tables[0].confidence, 0.9);
  EXPECT_EQ(graph.tables[0].baseline, (std::map<std::string, std::string>{{"lr", "0.1"}}));
  EXPECT_EQ(graph.tables[1].title, "score.accuracy_last");
  EXPECT_THAT(graph.tables[1].stats, ElementsAre("mean", "ci"));
  EXPECT_EQ(graph.tables[1].confidence, 0.9);
  EXPECT_EQ(graph.tables[1].baseline, (std::map<std::string, std::string>{{"lr", "0.4"}, {"recipe", "short, once"}}));
}

}  // namespace
}  // namespace retort
