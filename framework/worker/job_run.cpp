#include "worker/job_run.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "worker/library.h"

namespace retort {
namespace {
constexpr auto kProgressInterval = std::chrono::milliseconds(100);
}

JobRun::JobRun(const Json& job, const JobCheckpoints& checkpoints, ComponentFinder& components, Channel& channel)
    : checkpoints_(checkpoints),
      components_(components),
      channel_(channel),
      type_(job.at("type")),
      device_(job.at("device")),
      precision_(job.at("precision")),
      threads_(job.at("threads")),
      seed_(job.at("seed")) {}

void JobRun::progress(int64_t done, int64_t total) {
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(lock_);
    if (done != total && now - last_progress_ < kProgressInterval) return;
    last_progress_ = now;
  }
  channel_.send({{"ev", "progress"}, {"done", done}, {"total", total}});
}

void JobRun::metric(const std::string& name, int64_t step, double value) {
  Json event = {{"ev", "metric"}, {"name", name}, {"step", step}, {"value", value}};
  if (!std::isfinite(value)) event["value"] = std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  channel_.send(event);
}

void JobRun::log(const std::string& line) {
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

void JobRun::warn(const std::string& line) {
  log("warning: " + line);
  {
    const std::lock_guard lock(lock_);
    warnings_.push_back(line);
    checkpoints_.keep_warning(line);
  }
  channel_.send({{"ev", "warn"}, {"text", line}});
}

std::vector<std::string> JobRun::warnings() const {
  const std::lock_guard lock(lock_);
  std::vector<std::string> all = checkpoints_.kept_warnings(), once;
  all.insert(all.end(), warnings_.begin(), warnings_.end());
  for (auto& one : all)
    if (std::find(once.begin(), once.end(), one) == once.end()) once.push_back(std::move(one));
  return once;
}

void JobRun::stop_if_cancelled() {
  check_code_in_memory();
  if (channel_.cancelled()) throw Error(ErrorKind::cancelled, "stopped on request");
}

std::unique_ptr<Plugin> JobRun::component(const std::string& kind, const Json& origin) {
  return component_of(components_, kind, origin);
}

}  // namespace retort
