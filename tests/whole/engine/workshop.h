#pragma once
// A folder with a graph and a store in which a test runs the real command.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/files.h"
#include "core/plugin_spec.h"
#include "core/temporary_folder.h"
#include "store/store.h"

namespace retort {

struct Outcome {
  int code = -1;  ///< exit code, or -signal
  std::string out, err;
};

class Workshop {
 public:
  Workshop() : store_root(folder / "store") {}

  void graph(const Json& nodes, const Json& more = Json::object()) {
    Json all = {{"retort", 1}, {"nodes", nodes}};
    all.update(more);
    write_file(folder / "g.json", all.dump(2));
  }

  /// Starts `retort words…` in the folder; `before` runs in the child and must not throw: a child that returned would
  /// run the rest of the tests a second time.
  pid_t start(const std::vector<std::string>& words, const std::function<void()>& before = {}) {
    std::vector<std::string> all = {TEST_BIN "/retort"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> pointers;
    for (auto& word : all) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const std::string out = folder / "out", err = folder / "err";
    const pid_t child = fork();
    if (child != 0) return child;
    if (chdir(folder.path().c_str()) != 0) _exit(99);
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666), STDERR_FILENO);
    setenv("RETORT_PLUGIN_PATH", TEST_PLUGINS, 1);
    setenv("RETORT_STORE", store_root.c_str(), 1);
    if (before) before();
    execv(pointers[0], pointers.data());
    _exit(98);
  }

  Outcome finish(pid_t child) {
    int status = 0;
    waitpid(child, &status, 0);
    Outcome outcome;
    outcome.code = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    outcome.out = read_file(folder / "out");
    outcome.err = read_file(folder / "err");
    return outcome;
  }

  Outcome retort(const std::vector<std::string>& words, const std::function<void()>& before = {}) {
    return finish(start(words, before));
  }

  /// What the command has said so far on its error stream.
  std::string said() { return std::filesystem::exists(folder / "err") ? read_file(folder / "err") : ""; }

  /// Runs the graph and gives the outcome as JSON: status, and status of each node.
  Json run(std::vector<std::string> more = {}, int expected_code = 0) {
    more.insert(more.begin(), {"run", "g.json", "--json"});
    const Outcome outcome = retort(more);
    EXPECT_EQ(outcome.code, expected_code) << outcome.err;
    if (outcome.out.empty()) return Json::object();
    const Json json = Json::parse(outcome.out);
    Json result = {{"status", json.at("status")}};
    for (const auto& node : json.at("nodes")) {
      result[node["name"].get<std::string>()] = node["status"];
      if (node.contains("error")) result["error"] = node["error"];
    }
    return result;
  }

  /// The text that a node's newest result holds.
  std::string text(const std::string& node) {
    const Outcome outcome = retort({"export", node, "exported"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return read_file(folder.path() / "exported" / "text.txt");
  }

  Store store() { return Store::open(store_root); }

  /// Waits until `what` is so; fails the test after ten seconds.
  static void wait_for(const std::function<bool()>& what) {
    for (int i = 0; i < 1000; ++i) {
      if (what()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "waited in vain";
  }

  TemporaryFolder folder;
  std::filesystem::path store_root;
};

}  // namespace retort
