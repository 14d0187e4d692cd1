#include "worker/proof.h"

#include <cstdio>
#include <fstream>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "sdk/node.h"
#include "store/proofs.h"
#include "worker/finished_output.h"
#include "worker/library.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kSeed = 1;

/// What a nested plugin says of its code in what it writes must not tell two builds apart: that is to be proved.
class SameCode final : public ComponentSource {
 public:
  explicit SameCode(ComponentFinder& plugins) : plugins_(plugins) {}
  std::unique_ptr<Plugin> make(const std::string& kind, const std::string& type) override {
    return plugins_.make(kind, type);
  }
  std::string code_of(const std::string&, const std::string&) override { return "proof"; }

 private:
  ComponentFinder& plugins_;
};

class ProofRun final : public Run {
 public:
  ProofRun(std::string type, ComponentSource& plugins, ProofPlace place, fs::path checkpoints)
      : type_(std::move(type)), plugins_(plugins), place_(std::move(place)), checkpoints_(std::move(checkpoints)) {}
  std::string device() const override { return place_.device; }
  std::string precision() const override { return place_.precision; }
  int threads() const override { return place_.threads; }
  uint64_t seed() const override { return kSeed; }
  void progress(int64_t, int64_t) override {}
  void metric(const std::string&, int64_t, double) override {}
  void log(const std::string&) override {}
  void warn(const std::string&) override {}
  void stop_if_cancelled() override {}
  std::unique_ptr<Plugin> component(const std::string& kind, const Json& origin) override {
    return component_of(plugins_, kind, origin);
  }
  fs::path checkpoint_folder() const override { return checkpoints_; }

 protected:
  std::string stream_name() const override { return type_; }

 private:
  std::string type_;
  ComponentSource& plugins_;
  ProofPlace place_;
  fs::path checkpoints_;
};

std::string all_of(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : "; ") + part;
  return all;
}

class Proof {
 public:
  Proof(ComponentFinder& plugins, fs::path scratch, ProofPlace place)
      : plugins_(plugins), scratch_(std::move(scratch)), place_(std::move(place)) {}

  using Outputs = std::map<std::string, Artifact>;

  /// Runs {"type", "params", "inputs": {PORT: the same}}, inputs first.
  Outputs run(const Json& job) {
    const std::string type = job.at("type");
    const auto plugin = plugins_.make(Node::kKind, type);
    auto* node = dynamic_cast<Node*>(plugin.get());
    if (!node) throw Error(ErrorKind::plugin, "\"" + type + "\" is no node type");
    Declare declare;
    node->declare_all(declare);
    if (const auto problems = declare.bind(job.value("params", Json::object()), same_); !problems.empty())
      throw Error(ErrorKind::plugin, "proof job, " + type + ": " + all_of(problems));
    const Json inputs = job.value("inputs", Json::object());
    open_inputs(declare, "", inputs);
    declare.each_component(
        "", [&](const std::string& path, Plugin&, Declare& nested) { open_inputs(nested, path + ".", inputs); });
    for (auto& port : declare.ports())
      if (Output* output = declare.output_of(port)) output->open(folder());
    ProofRun run(type, same_, place_, folder());
    node->run(run);
    return outputs_of(declare);
  }

 private:
  fs::path folder() {
    fs::path made = scratch_ / ("proof-" + std::to_string(count_++));
    make_folder(made);
    return made;
  }

  void open_inputs(Declare& declare, const std::string& prefix, const Json& inputs) {
    for (auto& port : declare.ports()) {
      Input* input = declare.input_of(port);
      const std::string name = prefix + port.spec().name;
      if (!input || !inputs.contains(name)) continue;
      std::vector<Artifact> artifacts;
      for (const auto& one : inputs[name].is_array() ? inputs[name] : Json::array({inputs[name]}))
        artifacts.push_back(output_for(port.spec(), one));
      input->set(std::move(artifacts));
    }
  }

  /// The output that the job names, else the first of a kind that the port takes.
  Artifact output_for(const PortSpec& port, const Json& job) {
    const Outputs outputs = run(job);
    const std::string named = job.value("output", "");
    for (const auto& [name, artifact] : outputs) {
      bool fits = artifact.kind == port.kind;
      for (const auto& kind : port.kinds) fits = fits || artifact.kind == kind;
      if (named.empty() ? fits : name == named) return artifact;
    }
    throw Error(ErrorKind::plugin,
                "proof job: " + job.at("type").get<std::string>() + " writes nothing for input \"" + port.name + "\"");
  }

  static Outputs outputs_of(Declare& declare) {
    Outputs outputs;
    for (auto& port : declare.ports()) {
      Output* output = declare.output_of(port);
      if (!output || is_empty(*output)) continue;
      StoredOutput stored{port.spec().kind, Key(), output->meta, {}};
      Artifact artifact{port.spec().kind, "", output->meta, {}};
      for (const auto& file : finished(port.spec(), *output)) {
        stored.files.push_back({file.name, file.size, file.digest, false, ""});
        artifact.files[file.name] = output->folder() / file.name;
      }
      artifact.digest = digest_of(stored);
      outputs[port.spec().name] = std::move(artifact);
    }
    return outputs;
  }

  ComponentFinder& plugins_;
  SameCode same_{plugins_};
  const fs::path scratch_;
  const ProofPlace place_;
  int count_ = 0;
};

void keep_proof(const Json& job, const Record& record, const std::string& kind, const std::string& type,
                const std::string& code, ComponentFinder& plugins, const Store& store, const fs::path& scratch) {
  const Json declared = plugins.spec_of(kind, type).proof;
  if (declared.is_null()) return;
  const ProofSubject subject{kind, type, declared, code, environment_in(record.key_text)};
  if (kept_proof(store, subject)) return;
  try {
    const ProofPlace place{job.at("device"), job.at("precision"), job.at("threads")};
    const std::string bytes = proof_bytes(kind, type, plugins, scratch / type, place);
    check_code_in_memory();
    keep(store, subject, bytes, record.about);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "the proof job of %s failed: %s\n", type.c_str(), error.what());
  }
}

}  // namespace

std::string proof_bytes(const std::string& kind, const std::string& type, ComponentFinder& plugins,
                        const fs::path& scratch, const ProofPlace& place) {
  Json job = plugins.spec_of(kind, type).proof;
  if (job.is_null()) throw Error(ErrorKind::plugin, kind + " \"" + type + "\" declares no proof job");
  if (kind == Node::kKind) job["type"] = type;
  if (!job.contains("type"))
    throw Error(ErrorKind::plugin, "the proof job of " + kind + " \"" + type + "\" names no node type to run it in");
  set_threads(place.threads);
  std::string text;
  for (const auto& [port, artifact] : Proof(plugins, scratch, place).run(job))
    text += port + " " + artifact.digest + "\n";
  return sha256_hex(text);
}

void keep_proofs(const Json& job, const Record& record, ComponentFinder& plugins, const Store& store,
                 const fs::path& scratch) {
  keep_proof(job, record, Node::kKind, job.at("type"), job.at("code"), plugins, store, scratch);
  for (const auto& one : job.at("components"))
    keep_proof(job, record, one.at("kind"), one.at("type"), one.at("code"), plugins, store, scratch);
}

}  // namespace retort
