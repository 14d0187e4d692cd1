#include "cli/session/finished_plan.h"

#include <cstdlib>
#include <filesystem>

#include "cli/runs/command_file.h"
#include "cli/runs/metric_lines.h"
#include "cli/session/plugin_places.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/json_write.h"
#include "core/system_text.h"
#include "graph/resolved.h"
#include "log/log.h"
#include "sched/opening.h"
#include "sched/slots.h"

namespace retort {
namespace {

/// All that a plan depends on beside what it names itself.
std::string identity_of(const GraphOptions& options, const Words& words) {
  Json parts = {std::filesystem::current_path().string(), cuda_is_here()};
  const FileStamp program = stamp_of("/proc/self/exe").value_or(FileStamp{});
  parts.push_back({program.size, program.inode, program.modified});
  for (const char* name : {"RETORT_DATA", "XDG_DATA_HOME", "HOME"}) {
    const char* value = std::getenv(name);
    parts.push_back(value ? value : "");
  }
  for (const auto& folder : plugin_folders(options.graph, options.store)) parts.push_back(folder.string());
  parts.push_back(words);
  return dump_text(parts);
}

/// The list that the first event of a run holds, with every node a hit: a line a node.
std::string nodes_text(const Plan& plan) {
  std::string text = "[";
  for (size_t i = 0; i < plan.size(); ++i) {
    const GraphNode& node = plan.graph().nodes[i];
    const bool hit = plan.at(i).state == PlanState::hit;
    text += i == 0 ? "\n{\"name\":" : ",\n{\"name\":";
    append_json(text, node.name);
    text += ",\"type\":";
    append_json(text, node.manifest->spec.type);
    text += std::string(",\"status\":\"") + name_of(first_status(plan.at(i).state)) + "\",\"reason\":";
    append_json(text, hit && !plan.at(i).record->from.empty() ? "from " + plan.at(i).record->from : std::string());
    text += ",\"key\":\"" + plan.at(i).key + "\",\"after\":[";
    for (const size_t source : sources_of(node)) text += (text.back() == '[' ? "" : ",") + std::to_string(source);
    text += "]";
    if (hit)
      if (const auto warnings = warnings_of(*plan.at(i).record); !warnings.empty())
        text += ",\"warnings\":" + Json(warnings).dump();
    text += "}";
  }
  return text + "\n]\n";
}

SeenFile seen_now(const std::filesystem::path& path) {
  SeenFile seen;
  seen.read = clock_now();
  seen.stamp = stamp_of(path.c_str()).value_or(FileStamp{});
  seen.digest = sha256_file(path);
  return seen;
}

void append(SeenFiles& all, const SeenFiles& more) { all.insert(all.end(), more.begin(), more.end()); }

FinishedPlan finished_plan(const Session& session, const GraphOptions& options, const std::vector<Table>& tables) {
  FinishedPlan kept;
  append(kept.files, session.graph.files);
  append(kept.files, session.catalog.files());
  append(kept.files, session.sources.files_asked());
  kept.files.emplace_back(session.names.file().string(), seen_now(session.names.file()));
  append(kept.folders, session.catalog.folders());
  append(kept.folders, session.sources.folders_asked());
  kept.result_folders = session.plan.result_folders();
  kept.object_folders = session.plan.object_folders();
  for (size_t i = 0; i < session.plan.size(); ++i) {
    if (session.plan.at(i).state == PlanState::unneeded) continue;
    const Record& record = *session.plan.at(i).record;
    kept.results.push_back({record.key, record.sum});
    for (const auto& [port, output] : record.outputs)
      for (const auto& file : output.files)
        if (!file.inlined) kept.objects.push_back({file.digest, file.size});
  }
  kept.title = session.graph.title;
  for (const auto& table : tables) kept.tables += to_text(table) + '\n';
  kept.tables += metric_lines(options, session.plan);
  if (const std::string warnings = warnings_text(warnings_of(session.plan)); !warnings.empty())
    kept.tables += warnings + '\n';
  for (size_t i = 0; i < session.plan.size(); ++i)
    if (session.plan.at(i).state == PlanState::hit) kept.last_node = session.graph.nodes[i].name;
  kept.graph = resolved_text(session.graph);
  kept.nodes = nodes_text(session.plan);
  kept.command = command_text(options, session.graph);
  if (!tables.empty()) kept.tables_json = to_json(tables).dump();
  kept.hits = session.plan.count(PlanState::hit);
  kept.unneeded = session.plan.count(PlanState::unneeded);
  kept.cells = session.graph.cells;
  return kept;
}

/// Whether the next command of the same words will find nothing to do.
bool is_finished(const Session& session) {
  if (session.plan.size() == 0 || session.plan.has_work() || !session.sources.steady()) return false;
  for (size_t i = 0; i < session.plan.size(); ++i) {
    const auto& record = session.plan.at(i).record;
    if ((record && record->sum.empty()) || session.graph.nodes[i].manifest->spec.uncached) return false;
  }
  return true;
}

}  // namespace

std::unique_ptr<Kept> Kept::find(const GraphOptions& options, const Words& words) {
  const auto root = Store::default_root(options.store, std::filesystem::current_path());
  std::error_code none;
  if (!std::filesystem::exists(root / "learned" / "plans", none)) return nullptr;
  auto kept = std::make_unique<Kept>(Kept{Store::open(root), nullptr});
  kept->plan = KeptPlan::open(kept->store, identity_of(options, words));
  if (!kept->plan || !kept->plan->holds()) {
    log(LogLevel::debug, "plan", kept->plan ? "the kept plan holds no more" : "no plan is kept for these words");
    return nullptr;
  }
  log(LogLevel::debug, "plan", "the kept plan holds");
  for (const auto& remark : kept->store.remarks()) log(LogLevel::warning, "store", remark);
  return kept;
}

void keep_plan(const Session& session, const GraphOptions& options, const Words& words,
               const std::vector<Table>& tables) {
  if (!is_finished(session)) return;
  try {
    KeptPlan::keep(session.store, identity_of(options, words), finished_plan(session, options, tables));
  } catch (const Error&) {  // a read-only store without names: nothing is lost but time
  }
}

}  // namespace retort
