#pragma once
// What a running node is lent, on top of a job and the channel to the coordinator.
#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "sdk/node.h"
#include "worker/channel.h"
#include "worker/components.h"
#include "worker/job_checkpoints.h"

namespace retort {

class JobRun final : public Run {
 public:
  JobRun(const Json& job, const JobCheckpoints& checkpoints, ComponentFinder& components, Channel& channel);

  std::string device() const override { return device_; }
  std::string precision() const override { return precision_; }
  int threads() const override { return threads_; }
  uint64_t seed() const override { return seed_; }
  void progress(int64_t done, int64_t total) override;
  void metric(const std::string& name, int64_t step, double value) override;
  void log(const std::string& line) override;
  void warn(const std::string& line) override;
  /// What was warned of, each text once, also by tries that this one went on from.
  std::vector<std::string> warnings() const;
  void stop_if_cancelled() override;
  std::unique_ptr<Plugin> component(const std::string& kind, const Json& origin) override;
  std::filesystem::path checkpoint_folder() const override { return checkpoints_.folder(); }

 protected:
  std::string stream_name() const override { return type_; }

 private:
  const JobCheckpoints& checkpoints_;
  ComponentFinder& components_;
  Channel& channel_;
  std::string type_, device_, precision_;
  int threads_;
  uint64_t seed_;
  mutable std::mutex lock_;
  std::vector<std::string> warnings_;
  std::chrono::steady_clock::time_point last_progress_{};
};

}  // namespace retort
