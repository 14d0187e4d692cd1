#pragma once
// Scores of a sweep built in C++, as reading would leave it: source × seed, one node "score" each, and a store to
// publish results in.
#include <string>

#include "framework/plan/example_graph.h"
#include "tables/table.h"

namespace retort {

/// A safetensors file of predictions: image i has label 0 and is answered right where `right[i]`.
inline std::string predictions_file(const std::vector<bool>& right) {
  const size_t n = right.size();
  const Json header = {{"logits", {{"dtype", "F32"}, {"shape", {n, 2}}, {"data_offsets", {0, 8 * n}}}},
                       {"labels", {{"dtype", "I64"}, {"shape", {n}}, {"data_offsets", {8 * n, 16 * n}}}}};
  const std::string text = header.dump();
  std::string file(8, '\0');
  const uint64_t length = text.size();
  std::memcpy(file.data(), &length, 8);
  file += text;
  for (const bool one : right) {
    const float logits[2] = {one ? 1.0f : -1.0f, 0.0f};
    file.append(reinterpret_cast<const char*>(logits), sizeof logits);
  }
  return file + std::string(8 * n, '\0');
}

struct Swept {
  TemporaryFolder folder;
  Store store = Store::open(folder / "store");
  Manifest score = manifest("node", "score");
  Graph graph;
  std::map<std::string, std::string> failures;

  Swept(const std::vector<std::string>& sources, size_t seeds) {
    score.spec.random = true;
    score.spec.params = {param_spec("epochs", "integer", 10), param_spec("lr", "number", 0.1)};
    graph.file = (folder / "g.json").string();
    graph.replicates = {"seed"};
    graph.axes = {{"source", sources, sources[0], {"score.params.lr"}}};
    for (size_t source = 0; source < sources.size(); ++source)
      for (size_t seed = 0; seed < seeds; ++seed) {
        GraphNode node;
        node.base = "score";
        node.cell = {{"source", sources[source]}, {"seed", std::to_string(seed)}};
        node.name = "score{source=" + sources[source] + ",seed=" + std::to_string(seed) + "}";
        node.manifest = &score;
        node.params = {{"epochs", 10}, {"lr", 0.1 * static_cast<double>(source + 1)}};
        node.seed = seed;
        graph.nodes.push_back(node);
      }
    TableSpec spec;
    spec.title = "T";
    spec.node = "score";
    spec.metrics = {"acc"};
    spec.rows = {"source"};
    graph.tables = {spec};
  }

  /// What a worker does with node `i`: a result with this accuracy, and predictions if there are any.
  void publish(size_t i, double accuracy, const std::vector<bool>& right = {}, const Json& about = Json::object(),
               const Json& of = Json::object()) {
    SourceDigests sources(store.root() / "sources.json");
    const std::string text = key_text(graph.nodes[i], {}, sources);
    const auto scratch = store.make_scratch();
    Record record;
    record.key = key_of(text);
    record.key_text = text;
    record.type = "score";
    record.about = about;
    record.outputs["metrics"] = {"metrics", std::string(64, '0'), {{"acc", accuracy}}, {}};
    record.outputs["metrics"].digest = digest_of(record.outputs["metrics"]);
    if (!right.empty()) {
      write_file(scratch / "predictions.safetensors", predictions_file(right));
      record.outputs["predictions"] = store.add_output(
          "predictions", of, scratch, {written_file(scratch / "predictions.safetensors", "predictions.safetensors")});
    }
    store.commit(record, false);
    store.drop_scratch(scratch);
    Names names(store, graph.file);
    names.remember(graph.nodes[i].name, record.key);
    names.save();
  }

  Table table() {
    SourceDigests sources(store.root() / "sources.json");
    const Names names(store, graph.file);
    const Plan plan(graph, store, sources, names);
    return make_tables({plan, store, failures}, graph.tables).at(0);
  }
};

}  // namespace retort
