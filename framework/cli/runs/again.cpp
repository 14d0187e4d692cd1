#include "cli/runs/again.h"

#include <iostream>
#include <vector>

#include "cli/command.h"
#include "core/error.h"
#include "sched/job.h"
#include "sched/process_runner.h"
#include "sched/slots.h"

namespace retort {
namespace {

/// One try in a process of its own: its outputs as {PORT: {"meta", "files": {NAME: SHA-256}}}.
Json outputs_of_a_try(const Catalog& catalog, const Json& job, const std::string& slot,
                      const std::string& visible_devices) {
  ProcessRunner runner(ProcessRunner::beside_this_program(), planned_plugins(catalog));
  runner.start({0, job, slot, visible_devices});
  for (;;)
    for (auto& [task, what] : runner.wait(1000, -1)) {
      if (auto* done = std::get_if<JobDone>(&what)) return std::move(done->outputs);
      if (const auto* failed = std::get_if<JobFailed>(&what)) throw Error(failed->kind, failed->text);
    }
}

Json outputs_of(const Record& record) {
  Json outputs = Json::object();
  for (const auto& [port, output] : record.outputs) {
    Json files = Json::object();
    for (const auto& file : output.files) files[file.name] = file.digest;
    outputs[port] = {{"meta", output.meta}, {"files", files}};
  }
  return outputs;
}

/// "out/text.txt: SHA-256 3fa2… and 77bc…", one a difference.
std::vector<std::string> differences(const Json& one, const Json& other) {
  std::vector<std::string> found;
  Json flat_one = one.flatten(), flat_other = other.flatten(), both = flat_one;
  both.update(flat_other);
  for (const auto& [path, value] : both.items()) {
    const Json a = flat_one.value(path, Json()), b = flat_other.value(path, Json());
    if (a == b) continue;
    std::string name = path.substr(1);
    const auto files = name.find("/files/");
    const bool is_file = files != std::string::npos;
    if (is_file) name.erase(files, 6);
    const auto text = [&](const Json& side) {
      if (side.is_null()) return std::string("absent");
      return is_file ? "SHA-256 " + side.get<std::string>() : side.dump();
    };
    found.push_back(name + ": " + text(a) + " and " + text(b));
  }
  return found;
}

void print(const std::vector<std::string>& lines) {
  for (const auto& line : lines) std::cout << "  " << line << '\n';
}

std::string origin_of(const Record& record) {
  return "made by run " + record.about.value("run", "?") + " on " + record.about.value("host", "?") + ", " +
         record.about.value("processor", "?");
}

}  // namespace

int run_again(const Session& session, const std::string& name, bool json) {
  const size_t node = session.node(name);
  const PlannedNode& planned = session.plan.at(node);
  const GraphNode& graph_node = session.graph.nodes[node];
  if (planned.state == PlanState::maybe)
    throw Error(ErrorKind::user, "what \"" + name + "\" reads is not there yet: retort run " + session.graph.file);
  Slots slots(find_devices(), 0);
  const std::string slot = slots.take(graph_node.device, static_cast<size_t>(graph_node.threads));
  if (slot.empty())
    throw Error(ErrorKind::device, name + " needs a device \"" + graph_node.device + "\", and there is none here");
  Json job = make_job(session.plan, node, session.store, {});
  job["checkpoints"] = "none";
  job["log"] = "/dev/null";
  const Json first = outputs_of_a_try(session.catalog, job, slot, slots.visible_devices(slot));
  const Json second = outputs_of_a_try(session.catalog, job, slot, slots.visible_devices(slot));
  const auto differs = differences(first, second);
  std::optional<Record> stored;
  if (planned.record) stored = session.plan.whole_record(node);
  const auto from_stored =
      stored && differs.empty() ? differences(outputs_of(*stored), first) : std::vector<std::string>();
  if (json) {
    std::cout << Json{{"node", name},
                      {"deterministic", differs.empty()},
                      {"differs", differs},
                      {"stored", stored ? Json(from_stored) : Json()}}
                     .dump(1)
              << '\n';
  } else if (!differs.empty()) {
    std::cout << name << ": not deterministic: two tries wrote different bytes\n";
    print(differs);
  } else {
    std::cout << name << ": deterministic: two tries wrote the same bytes\n";
    if (stored)
      std::cout << (from_stored.empty() ? "the stored result has them too, " : "the stored result has others, ")
                << origin_of(*stored) << '\n';
    print(from_stored);
  }
  return differs.empty() && from_stored.empty() ? kDone : kNodeFailed;
}

}  // namespace retort
