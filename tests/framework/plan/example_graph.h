#pragma once
// A graph built in C++, as reading and checking would leave it: data -> images -> score.
#include <string>

#include "core/digest.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "plan/plan.h"

namespace retort {

inline ParamSpec param_spec(const std::string& name, const std::string& type, Json value) {
  ParamSpec spec;
  spec.name = name;
  spec.type = type;
  spec.default_value = std::move(value);
  return spec;
}

inline Manifest manifest(const std::string& kind, const std::string& type) {
  Manifest one;
  one.spec.kind = kind;
  one.spec.type = type;
  one.code = sha256_hex("code of " + type);
  one.code_files = {{"plugins/" + type + ".cpp", sha256_hex(type)}};
  one.torch = "none";
  return one;
}

/// Keeps manifests and store of a test alive.
struct ExampleGraph {
  TemporaryFolder folder;
  Store store = Store::open(folder / "store");
  Manifest data = manifest("node", "data"), recover = manifest("node", "recover"), score = manifest("node", "score");
  Manifest bn_match = manifest("recover_loss", "bn_match"), cross_entropy = manifest("recover_loss", "cross_entropy");
  Graph graph;

  ExampleGraph() {
    ParamSpec root = param_spec("root", "path", nullptr);
    root.files = {"train.bin"};
    data.spec.params = {root};
    data.spec.source = true;
    recover.spec.params = {param_spec("lr", "number", 0.1), param_spec("per_class", "integer", 10),
                           param_spec("losses", "list of component", Json::array())};
    recover.spec.random = recover.spec.numeric = true;
    recover.torch = "2.13.0";
    bn_match.spec.params = {param_spec("weight", "number", 1.0)};
    std::filesystem::create_directories(folder / "data");
    write_file(folder / "data/train.bin", "pixels");
    graph.file = (folder / "q.json").string();
    graph.nodes.resize(3);
    GraphNode& source = graph.nodes[0];
    source.name = "data";
    source.manifest = &data;
    source.params = {{"root", (folder / "data").string()}};
    GraphNode& images = graph.nodes[1];
    images.name = "images";
    images.manifest = &recover;
    images.params = {{"lr", 0.1},
                     {"per_class", 10},
                     {"losses", {{{"type", "cross_entropy"}}, {{"type", "bn_match"}, {"weight", 0.005}}}}};
    images.components = {{"losses[0]", &cross_entropy}, {"losses[1]", &bn_match}};
    images.inputs["from"] = {{0, "out", {}}};
    images.device = "cpu";
    images.places["params.losses[1].weight"] = {"graphs/q.json", 24, 61, ""};
    images.places["params.lr"] = {"", 0, 0, "--set images.lr=0.2"};
    images.places["inputs.from"] = {"graphs/q.json", 20, 7, ""};
    images.places["seed"] = {"graphs/q.json", 3, 11, ""};
    GraphNode& last = graph.nodes[2];
    last.name = "score";
    last.manifest = &score;
    last.params = Json::object();
    last.inputs["images"] = {{1, "out", {}}};
  }

  /// What a worker does with node `i` of the plan: publishes a result whose one file holds `bytes`.
  Record run(const Plan& plan, size_t i, const std::string& bytes) {
    const auto scratch = store.make_scratch();
    write_file(scratch / "f", bytes);
    Record record;
    record.key = plan.at(i).key;
    record.key_text = plan.at(i).key_text;
    record.type = graph.nodes[i].manifest->spec.type;
    record.about = {{"created", "2026-01-02T03:04:05Z"}, {"seconds", 2.0}};
    record.outputs["out"] = store.add_output("thing", Json::object(), scratch, {written_file(scratch / "f", "f")});
    store.commit(record, false);
    store.drop_scratch(scratch);
    return record;
  }

  /// Runs everything, node i writing the text "bytes i", and remembers it as `retort run` does.
  void run_all() {
    SourceDigests sources(store.root() / "sources" / "digests.json");
    Names names(store, graph.file);
    Plan plan(graph, store, sources, names);
    for (size_t i = 0; i < plan.size(); ++i) {
      if (plan.at(i).state == PlanState::run) plan.finished(i, run(plan, i, "bytes " + std::to_string(i)));
      names.remember(graph.nodes[i].name, plan.at(i).key);
    }
    plan.save_recipes();
    names.save();
    sources.save();
  }
};

}  // namespace retort
