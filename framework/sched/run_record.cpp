#include "sched/run_record.h"

#include "core/error.h"
#include "core/files.h"
#include "core/system_text.h"
#include "events/event_log.h"
#include "sched/run_id.h"
#include "sched/slots.h"

namespace retort {

JobPlace make_place(const Store& store, bool must_write) {
  try {
    const std::string run = make_run(store.runs());
    return {store.runs() / run, run};
  } catch (const Error&) {
    if (must_write) throw;
    return {"", kUnrecorded};
  }
}

void record_start(const JobPlace& place, const std::string& graph, const std::string& command) {
  if (place.run_folder.empty()) return;
  write_atomically(place.run_folder / kGraphFile, graph, /*sync=*/false);
  write_atomically(place.run_folder / kCommandFile, command, /*sync=*/false);
}

void record_tables(const JobPlace& place, const std::string& tables) {
  if (place.run_folder.empty()) return;
  try {
    write_atomically(place.run_folder / kTablesFile, tables, /*sync=*/false);
  } catch (const Error&) {
  }
}

bool record_kept(const KeptPlan& plan, const JobPlace& place, const std::string& graph, const Json& about) {
  if (place.run_folder.empty()) return true;
  if (!plan.put_graph(place.run_folder / kGraphFile) || !plan.put_command(place.run_folder / kCommandFile) ||
      !plan.put_nodes(place.run_folder / kNodesFile) || !plan.put_tables(place.run_folder / kTablesFile))
    return false;
  EventLog log(place.run_folder / kEventsFile);
  Json event = {{"ev", "run"},           {"run", place.run},         {"graph", text_of(graph)},
                {"title", plan.title()}, {"slots", Devices{}.cores}, {"nodes_sha256", plan.nodes_digest()}};
  event.update(about);
  log.write(std::move(event));
  log.write({{"ev", "end"}, {"status", "done"}});
  return true;
}

}  // namespace retort
