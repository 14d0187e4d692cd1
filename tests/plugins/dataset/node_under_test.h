#pragma once
// Runs one built node type without an engine: parameters in, artifacts out.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "sdk/node.h"
#include "worker/components.h"
#include "worker/library.h"

namespace retort {

/// What a node is lent; keeps its warnings.
class TestRun final : public Run {
 public:
  std::string device() const override { return "cpu"; }
  std::string precision() const override { return "float32"; }
  int threads() const override { return 1; }
  uint64_t seed() const override { return 0; }
  void progress(int64_t, int64_t) override {}
  void metric(const std::string&, int64_t, double) override {}
  void log(const std::string&) override {}
  void warn(const std::string& line) override { warnings.push_back(line); }
  void stop_if_cancelled() override {}
  std::unique_ptr<Plugin> component(const std::string&, const Json&) override { return nullptr; }
  std::filesystem::path checkpoint_folder() const override { return {}; }

  std::vector<std::string> warnings;

 protected:
  std::string stream_name() const override { return "test"; }
};

class NodeUnderTest {
 public:
  /// `library` lies in RETORT_PLUGIN_PATH; outputs are written below `folder`.
  NodeUnderTest(const std::string& library, const Json& params, const std::filesystem::path& folder)
      : folder_(folder), path_(std::filesystem::path(std::getenv("RETORT_PLUGIN_PATH")) / (library + ".so")) {
    plugin_ = make_plugin(open_plugin(path_));
    plugin_->declare_all(declare_);
    ComponentFinder components(path_);
    const std::vector<std::string> problems = declare_.bind(params, components);
    if (!problems.empty()) throw Error(ErrorKind::user, problems.front());
    for (const Port& port : declare_.ports()) {
      Output* output = declare_.output_of(port);
      if (!output) continue;
      std::filesystem::create_directories(folder_ / port.spec().name);
      output->open(folder_ / port.spec().name);
    }
  }

  void run() {
    static_cast<Node&>(*plugin_).run(lent);
    for (const Port& port : declare_.ports())
      if (Output* output = declare_.output_of(port)) output->finish();
  }

  /// Whether the node wrote this output.
  bool has(const std::string& port) { return !output(port).names().empty(); }
  Artifact artifact(const std::string& port) {
    Artifact read{"dataset", "", output(port).meta, {}};
    for (const std::string& name : output(port).names()) read.files[name] = folder_ / port / name;
    return read;
  }

  TestRun lent;

 private:
  Output& output(const std::string& name) {
    for (const Port& port : declare_.ports()) {
      if (port.spec().name == name && declare_.output_of(port)) return *declare_.output_of(port);
    }
    throw Error(ErrorKind::internal, "no output " + name);
  }

  std::filesystem::path folder_, path_;
  std::unique_ptr<Plugin> plugin_;
  Declare declare_;
};

/// What the run says when it fails.
inline std::string failure_of(NodeUnderTest& node, ErrorKind kind) {
  try {
    node.run();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind);
    return error.what();
  }
  return "nothing thrown";
}

}  // namespace retort
