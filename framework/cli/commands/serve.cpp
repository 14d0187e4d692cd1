#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/page/subject.h"
#include "cli/runs/run_list.h"
#include "core/digest.h"
#include "core/error.h"
#include "events/run_folder.h"
#include "report/server.h"
#include "sched/signals.h"

namespace retort {
namespace {

constexpr size_t kRunsListed = 200;

/// A graph with its newest run, one run, or all runs of a store.
class Pages final : public PageSource {
 public:
  Pages(const Store& store, const GraphOptions& graph) : store_(store), graph_(graph) {
    if (graph.graph.empty()) return;
    if (names_a_run(store, graph.graph)) {
      run_ = graph.graph;
    } else {
      is_graph_ = true;
    }
  }

  std::optional<std::string> page(const std::string& run) override {
    if (run.empty() && graph_.graph.empty()) return page_html({{"data", list()}}, /*live=*/true);
    const auto about = subject(run);
    if (!about) return std::nullopt;
    return page_html(page_parts(*about, store_, {}), /*live=*/true);
  }

  Json part(const std::string& run, const std::string& id) override {
    const auto about = subject(run);
    return about ? page_part(id, *about, store_, {}) : Json();
  }

  std::optional<std::filesystem::path> log(const std::string& run) override {
    const std::string id = !run.empty() ? run : is_graph_ ? newest() : run_;
    if (id.empty() && is_graph_) return "";
    if (!is_run(id)) return std::nullopt;
    return store_.runs() / id / kEventsFile;
  }

 private:
  bool is_run(const std::string& id) const {
    return id.find('/') == std::string::npos && run_head(store_, id).has_value();
  }

  std::optional<Subject> subject(const std::string& run) {
    std::optional<Subject> about;
    if (run.empty() && is_graph_) {
      about = subject_of_graph(graph_);
    } else if (const std::string id = run.empty() ? run_ : run; is_run(id)) {
      about = subject_of_run(store_, id);
    }
    if (about) about->live = true;
    return about;
  }

  /// Looked for only when a run came or went.
  std::string newest() {
    std::error_code none;
    const auto changed = std::filesystem::last_write_time(store_.runs(), none);
    if (newest_.empty() || changed != looked_) newest_ = newest_run(store_, graph_.graph);
    looked_ = changed;
    return newest_;
  }

  Json list() const {
    Json runs = Json::array();
    const auto ids = run_ids(store_);
    for (const auto& id : ids) {
      if (runs.size() == kRunsListed) break;
      if (const auto head = run_head(store_, id))
        runs.push_back({{"run", id},
                        {"graph", head->graph},
                        {"title", head->title},
                        {"status", head->status},
                        {"started", head->started},
                        {"last", head->last},
                        {"nodes", head->nodes}});
    }
    const size_t more = ids.size() > runs.size() ? ids.size() - runs.size() : 0;
    return {{"page", 1}, {"store", store_.root().string()}, {"runs", runs}, {"more", more}};
  }

  const Store& store_;
  GraphOptions graph_;
  std::string run_, newest_;
  bool is_graph_ = false;
  std::filesystem::file_time_type looked_;
};

/// The one that is the same each time for what is shown to this person: below those that systems give out themselves.
uint16_t usual_port(const Store& store, const std::string& graph) {
  constexpr uint64_t kFirst = 20000, kPorts = 12000;
  const std::string what = std::to_string(::getuid()) + "\n" + store.root().string() + "\n" +
                           (graph.empty() ? "" : path_of_graph(graph).string());
  return static_cast<uint16_t>(kFirst + std::stoull(sha256_hex(what).substr(0, 12), nullptr, 16) % kPorts);
}

std::unique_ptr<PageServer> open_server(Pages& pages, uint16_t port, uint16_t usual) {
  if (port > 0) return std::make_unique<PageServer>(pages, port);
  try {
    return std::make_unique<PageServer>(pages, usual);
  } catch (const Error&) {  // taken: by another page of the same
    return std::make_unique<PageServer>(pages, 0);
  }
}

/// How a browser on another machine gets here.
std::string tunnel_to(const std::string& address) {
  const size_t from = address.rfind(':') + 1;
  const std::string port = address.substr(from, address.find('/', from) - from);
  char host[256] = "HOST";
  ::gethostname(host, sizeof host - 1);
  return "ssh -L " + port + ":127.0.0.1:" + port + " " + host;
}

int run(const Words& words) {
  GraphOptions graph;
  size_t port = 0;
  Options options(
      "serve", "Shows a graph, a run or all runs of a store in a browser on this machine, live.",
      "GRAPH may also be the id of a run, or the folder of a store. The address that is printed holds a random "
      "token: without it nothing is answered. Only 127.0.0.1 is listened on. Ctrl-C ends it.");
  graph.add_to(options);
  options.value("--port", port,
                "port of 127.0.0.1; default: the same each time for this graph, any that is free if it is taken");
  if (const auto code = options.parse(words)) return *code;
  if (port > 65535) throw Error(ErrorKind::user, "--port " + std::to_string(port) + ": ports end at 65535");
  if (std::filesystem::is_regular_file(std::filesystem::path(graph.graph) / "format")) {
    graph.store = graph.graph;
    graph.graph.clear();
  }
  const Store store = open_store(graph.store);
  Pages pages(store, graph);
  Signals signals;  // before there are threads: none of them shall take one
  const auto server = open_server(pages, static_cast<uint16_t>(port), usual_port(store, graph.graph));
  std::cout << server->address() << std::endl;
  std::cerr << "from another machine: " << tunnel_to(server->address()) << std::endl;
  server->run(signals.descriptor());
  signals.received();  // one left pending would end the process as soon as it may
  return kDone;
}

}  // namespace

extern const Command serve_command = {"", "serve", "Show a graph, a run or all runs in a browser on this machine, live",
                                      run};

}  // namespace retort
