#include "graph/read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

#include "graph/links.h"
#include "graph/resolved.h"
#include "toy_catalog.h"

namespace retort {
namespace {

using testing::ElementsAre;
namespace fs = std::filesystem;

class ReadGraph : public testing::Test {
 protected:
  void TearDown() override { fs::remove(file_); }
  Graph read(const std::string& text, const ReadOptions& options = {}) {
    write_file(file_, text);
    Diagnostics diagnostics;
    Graph graph = read_graph(file_.string(), toy_catalog(), options, diagnostics);
    said_ = to_string(diagnostics);
    return graph;
  }
  const fs::path file_ = fs::path(testing::TempDir()) / ("retort_read_test_" + std::to_string(::getpid()) + ".json");
  std::string said_;
};

const char* const kGraph = R"({
  "retort": 1, "seed": 4, "device": "auto",
  "nodes": {
    "data": {"type": "dataset.toy"},
    "teacher": {"type": "pretrain.supervised", "inputs": {"data": "data.train"},
                "params": {"network": {"type": "resnet18"}, "lr": 1}, "device": "cpu", "threads": 3, "timeout": 60},
    "images": {"type": "recover", "inputs": {"teachers": ["teacher", "teacher.classifier"]}, "seed": 9,
               "params": {"per_class": 2, "losses": [{"type": "cross_entropy"}, {"type": "bn_match", "weight": 2}],
                          "init": {"type": "real", "inputs": {"data": "data.train"}}}},
    "labels": {"type": "relabel.soft", "inputs": {"images": "images", "teachers": ["teacher"]}, "precision": "bfloat16"}
  }
})";

TEST_F(ReadGraph, FillsWhatIsNotWritten) {
  const Graph graph = read(kGraph, {.sets = {}, .device = "", .cuda = true});
  ASSERT_EQ(said_, "");
  ASSERT_EQ(graph.nodes.size(), 4u);
  const GraphNode& teacher = *graph.find("teacher");
  EXPECT_EQ(teacher.params.dump(),
            R"({"epochs":5,"lr":1.0,"network":{"stem":"small","type":"resnet18","width":64},"optimiser":"sgd"})");
  EXPECT_EQ(teacher.seed, 4u);
  EXPECT_EQ(teacher.device, "cpu");
  EXPECT_EQ(teacher.threads, 3);
  EXPECT_EQ(teacher.timeout, 60);
  ASSERT_EQ(teacher.components.size(), 1u);
  EXPECT_EQ(teacher.components[0].path, "network");
  EXPECT_EQ(to_string(teacher.places.at("params.lr")), file_.string() + ":6:67");

  const GraphNode& images = *graph.find("images");
  EXPECT_EQ(images.seed, 9u);
  EXPECT_EQ(images.device, "cuda");
  EXPECT_EQ(images.precision, "float32");
  EXPECT_EQ(
      images.params["losses"].dump(),
      R"([{"type":"cross_entropy","weight":1.0},{"first_scale":10.0,"norm":"l2","type":"bn_match","weight":2.0}])");
  EXPECT_EQ(images.params["init"].dump(), R"({"type":"real"})");
  ASSERT_EQ(images.components.size(), 3u);
  EXPECT_EQ(images.components[1].path, "losses[1]");
  EXPECT_EQ(images.components[2].path, "init");
  EXPECT_EQ(to_string(images.places.at("params.losses[1].weight")), file_.string() + ":8:112");
  ASSERT_EQ(images.inputs.at("teachers").size(), 2u);
  EXPECT_EQ(images.inputs.at("teachers")[0].port, "classifier");
  EXPECT_EQ(graph.nodes[images.inputs.at("teachers")[0].node].name, "teacher");
  EXPECT_EQ(graph.nodes[images.inputs.at("init.data")[0].node].name, "data");
  EXPECT_EQ(input_spec(images, "init.data")->kind, "dataset");

  const GraphNode& labels = *graph.find("labels");
  EXPECT_EQ(labels.seed, 0u);  // draws no random numbers
  EXPECT_EQ(labels.precision, "bfloat16");
}

TEST_F(ReadGraph, ResolvedTextIsAGraphOfItsOwn) {
  Json resolved = Json::parse(resolved_text(read(kGraph)));
  for (auto& [name, node] : resolved["nodes"].items()) {
    const PluginSpec& spec = toy_catalog().find("node", node["type"])->spec;
    Json inputs = Json::object();
    for (auto& [port, links] : node["inputs"].items()) {
      const size_t dot = port.rfind('.');
      if (dot != std::string::npos)
        node["params"][port.substr(0, dot)]["inputs"][port.substr(dot + 1)] = links[0];
      else
        inputs[port] = spec.input(port)->list ? links : links[0];
    }
    node["inputs"] = inputs;
  }
  const std::string first = resolved_text(read(resolved.dump()));
  EXPECT_EQ(said_, "");
  EXPECT_EQ(Json::parse(first)["nodes"]["images"]["params"],
            Json::parse(resolved_text(read(kGraph)))["nodes"]["images"]["params"]);
}

TEST_F(ReadGraph, DeviceOptionReplacesTheGraphsOwn) {
  const Graph graph = read(kGraph, {.sets = {}, .device = "cuda"});
  ASSERT_EQ(said_, "");
  EXPECT_EQ(graph.find("teacher")->device, "cpu");  // its own
  EXPECT_EQ(graph.find("images")->device, "cuda");
  read(kGraph, {.sets = {}, .device = "gpu"});
  EXPECT_EQ(said_,
            "--device gpu: error: the graph: \"device\" is \"gpu\", must be one of \"cpu\", \"cuda\", \"auto\"\n"
            "    Where numeric nodes run; auto is cuda if there is one\n");
}

TEST_F(ReadGraph, OnlyWhatIsDownstreamMultiplies) {
  std::string text = kGraph;
  text.insert(text.rfind('}'), R"(, "sweep": {"axes": {"lr": {"path": "images.lr", "values": [0.1, 0.2, 0.3]},
                                                       "width": {"path": "teacher.network.width", "values": [8, 16]}}})");
  const Graph graph = read(text);
  ASSERT_EQ(said_, "");
  EXPECT_EQ(graph.nodes.size(), 1u + 2u + 6u + 6u);
  const GraphNode& labels = *graph.find("labels{lr=0.2,width=16}");
  EXPECT_EQ(labels.base, "labels");
  EXPECT_THAT(labels.cell, ElementsAre(std::pair("lr", "0.2"), std::pair("width", "16")));
  EXPECT_EQ(graph.nodes[labels.inputs.at("images")[0].node].name, "images{lr=0.2,width=16}");
  EXPECT_EQ(graph.nodes[labels.inputs.at("teachers")[0].node].name, "teacher{width=16}");
  EXPECT_EQ(graph.find("images{lr=0.2,width=8}")->params["lr"], 0.2);
  EXPECT_EQ(graph.find("teacher{width=8}")->params["network"]["width"], 8);
  for (size_t i = 0; i < graph.nodes.size(); ++i)
    for (const auto& [port, links] : graph.nodes[i].inputs)
      for (const auto& link : links) EXPECT_LT(link.node, i);
}

TEST_F(ReadGraph, RefusesSweepsWithoutEnd) {
  std::string text = kGraph, values = "0";
  for (int i = 1; i < 400; ++i) values += "," + std::to_string(i);
  text.insert(text.rfind('}'), R"(, "sweep": {"axes": {"a": {"path": "images.lr", "values": [)" + values +
                                   R"(]}, "b": {"path": "images.iterations", "values": [)" + values + "]}}}");
  read(text);
  EXPECT_THAT(said_, testing::HasSubstr("the sweep has more than 100000 cells"));
}

/// A graph of chains; `width` chains of `length` nodes.
std::string chains(int width, int length, int indent) {
  Json nodes = Json::object();
  nodes["data"] = {{"type", "dataset.toy"}};
  for (int w = 0; w < width; ++w)
    for (int i = 0; i < length; ++i) {
      const std::string name = "n" + std::to_string(w) + "_" + std::to_string(i);
      const std::string from = i ? "n" + std::to_string(w) + "_" + std::to_string(i - 1) : "data.train";
      nodes[name] = i % 2 ? Json({{"type", "recover"},
                                  {"inputs", {{"teachers", {from}}}},
                                  {"params", {{"per_class", 1}, {"lr", 0.1 * i}}}})
                          : Json({{"type", "pretrain.supervised"},
                                  {"inputs", {{"data", "data.train"}}},
                                  {"params", {{"network", {{"type", "resnet18"}}}, {"lr", 0.5}, {"epochs", i + 1}}}});
    }
  return Json({{"retort", 1}, {"nodes", nodes}}).dump(indent);
}

TEST_F(ReadGraph, TenThousandNodes) {  // prints the time and asserts none: machines are shared
  for (const int indent : {-1, 1}) {
    write_file(file_, chains(100, 100, indent));
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const std::clock_t start = std::clock();  // the processor's time: the machine may be busy
      Diagnostics diagnostics;
      const Graph graph = read_graph(file_.string(), toy_catalog(), {.sets = {}, .device = ""}, diagnostics);
      ASSERT_EQ(to_string(diagnostics), "");
      ASSERT_EQ(graph.nodes.size(), 10001u);
      best = std::min(best, 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    std::printf("10,001 nodes, indent %d: %.1f ms\n", indent, best);
  }
}

}  // namespace
}  // namespace retort
