#include "sched/worker_message.h"

#include "core/json_read.h"

namespace retort {

WorkerMessage worker_message(std::string_view line) {
  Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);  // a worker is of this build
  const std::string kind = text_in(event, "ev");
  if (kind == "log") return WorkerLog{log_level(text_in(event, "level")), text_in(event, "text")};
  if (kind == "started") return JobStarted{};
  if (kind == "stale") return JobStale{text_in(event, "library")};
  if (kind == "progress") return JobProgress{whole_in(event, "done"), whole_in(event, "total")};
  if (kind == "metric" || kind == "warn") return JobNote{std::move(event)};
  if (kind == "done") return JobDone{number_in(event, "seconds"), object_in(event, "outputs")};
  if (kind == "failed")
    return JobFailed{error_kind(text_in(event, "kind")), text_in(event, "text"), text_in(event, "key")};
  return {};
}

}  // namespace retort
