#pragma once
// Runs one node of a built plugin library without the engine: parameters bound as the worker binds them, artifacts in a
// folder of the test.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "core/error.h"
#include "core/files.h"
#include "sdk/node.h"
#include "worker/components.h"
#include "worker/library.h"

namespace retort::test {

inline std::filesystem::path plugin_folder() {
  const char* folder = std::getenv("RETORT_PLUGIN_PATH");
  return folder ? folder : "plugins";
}

/// Where real data lies, for tests that skip without it.
inline std::filesystem::path test_data() {
  if (const char* folder = std::getenv("RETORT_DATA")) return folder;
  const char* source = std::getenv("RETORT_SOURCE");
  return std::filesystem::path(source ? source : ".") / ".." / "shared" / "data";
}

/// A folder of this test, empty at first.
inline std::filesystem::path fresh_folder(const std::string& name) {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  const auto folder =
      std::filesystem::temp_directory_path() / "retort_test" / info->test_suite_name() / info->name() / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

inline ComponentFinder& components() {
  static ComponentFinder finder(plugin_folder() / "any.so");
  return finder;
}

class FakeRun : public Run {
 public:
  explicit FakeRun(std::string type, std::filesystem::path checkpoints)
      : type_(std::move(type)), checkpoints_(std::move(checkpoints)) {}
  uint64_t seed_value = 1;
  std::string device_name = "cpu", precision_name = "float32";
  int64_t cancel_at = -1;  ///< the call of stop_if_cancelled that throws
  std::map<std::string, std::vector<std::pair<int64_t, double>>> metrics;
  std::vector<std::string> lines, warnings;
  int64_t done = 0, total = 0;

  std::string device() const override { return device_name; }
  std::string precision() const override { return precision_name; }
  int threads() const override { return 1; }
  uint64_t seed() const override { return seed_value; }
  void progress(int64_t d, int64_t t) override { done = d, total = t; }
  void metric(const std::string& name, int64_t step, double value) override { metrics[name].emplace_back(step, value); }
  void log(const std::string& line) override { lines.push_back(line); }
  void warn(const std::string& line) override { warnings.push_back(line); }
  void stop_if_cancelled() override {
    if (calls_++ == cancel_at) throw Error(ErrorKind::cancelled, "cancelled");
  }
  std::unique_ptr<Plugin> component(const std::string& kind, const Json& origin) override {
    auto plugin = components().make(kind, origin.at("type"));
    Declare declare;
    plugin->declare_all(declare);
    const auto problems = declare.bind(origin.value("params", Json::object()), components());
    EXPECT_TRUE(problems.empty()) << problems.front();
    plugin->set_origin(origin);
    return plugin;
  }
  std::filesystem::path checkpoint_folder() const override { return checkpoints_; }

 protected:
  std::string stream_name() const override { return type_; }

 private:
  std::string type_;
  std::filesystem::path checkpoints_;
  int64_t calls_ = 0;
};

/// A node, its ports, and what it wrote.
class NodeRun {
 public:
  /// `name` sets apart the folders of several runs in one test.
  NodeRun(const std::string& type, const Json& params, const std::string& name = "node")
      : folder_(fresh_folder(name)), run(type, folder_ / "checkpoints"), node_(components().make("node", type)) {
    std::filesystem::create_directories(folder_ / "checkpoints");
    node_->declare_all(declare_);
    problems = declare_.bind(params, components());
    EXPECT_TRUE(problems.empty()) << problems.front();
    for (auto& port : declare_.ports()) {
      if (auto* output = declare_.output_of(port)) {
        std::filesystem::create_directories(folder_ / port.spec().name);
        output->open(folder_ / port.spec().name);
      }
    }
  }

  /// A component's port is "init.data", as in a graph.
  NodeRun& input(const std::string& name, std::vector<Artifact> artifacts) {
    set_input(declare_, "", name, artifacts);
    declare_.each_component(
        "", [&](const std::string& path, Plugin&, Declare& d) { set_input(d, path + ".", name, artifacts); });
    return *this;
  }
  NodeRun& go() {
    static_cast<Node&>(*node_).run(run);
    for (auto& port : declare_.ports())
      if (auto* output = declare_.output_of(port)) output->finish();
    return *this;
  }
  Artifact output(const std::string& name) {
    for (auto& port : declare_.ports()) {
      auto* output = declare_.output_of(port);
      if (!output || port.spec().name != name) continue;
      Artifact artifact{port.spec().kind, "", output->meta, {}};
      for (const auto& file : output->names()) artifact.files[file] = folder_ / name / file;
      return artifact;
    }
    ADD_FAILURE() << "no output " << name;
    return {};
  }

 private:
  static void set_input(Declare& d, const std::string& prefix, const std::string& name,
                        const std::vector<Artifact>& artifacts) {
    for (auto& port : d.ports())
      if (prefix + port.spec().name == name && d.input_of(port)) d.input_of(port)->set(artifacts);
  }

  std::filesystem::path folder_;

 public:
  FakeRun run;
  std::vector<std::string> problems;

 private:
  std::unique_ptr<Plugin> node_;
  Declare declare_;
};

/// What the node says when it fails.
inline std::string error_of(NodeRun& node) {
  try {
    node.go();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace retort::test
