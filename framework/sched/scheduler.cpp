#include "sched/scheduler.h"

#include <algorithm>

namespace retort {
namespace {

double mean_seconds(const std::vector<Scheduler::Task>& tasks) {
  double sum = 0;
  size_t known = 0;
  for (const auto& task : tasks)
    if (task.seconds) sum += *task.seconds, ++known;
  return known == 0 ? 1.0 : sum / static_cast<double>(known);
}

}  // namespace

Scheduler::Scheduler(std::vector<Task> tasks, Slots slots)
    : tasks_(std::move(tasks)),
      slots_(std::move(slots)),
      rank_(tasks_.size(), 0),
      slot_(tasks_.size()),
      dead_(tasks_.size(), false) {
  const double unknown = mean_seconds(tasks_);
  for (size_t i = tasks_.size(); i-- > 0;) {
    double below = 0;
    for (const size_t consumer : tasks_[i].consumers) below = std::max(below, rank_[consumer]);
    rank_[i] = tasks_[i].seconds.value_or(unknown) + below;
  }
}

void Scheduler::can_run(size_t task, bool alone) {
  if (dead_[task] || is_running(task)) return;
  ready_.insert({-rank_[task], task});
  if (alone) alone_.insert(task);
}

void Scheduler::withdraw(size_t task) {
  ready_.erase({-rank_[task], task});
  alone_.erase(task);
}

std::optional<Scheduler::Start> Scheduler::start_alone() {
  if (running_ > 0 || alone_.empty()) return std::nullopt;
  const size_t task = *alone_.begin();
  withdraw(task);
  only_ = task;
  slot_[task] = slots_.take(tasks_[task].device, tasks_[task].threads);
  ++running_;
  return Start{task, slot_[task]};
}

std::vector<Scheduler::Start> Scheduler::start_now() {
  if (only_) return {};
  if (const auto start = start_alone()) return {*start};
  std::vector<Start> starts;
  std::set<std::string> full;
  for (auto it = ready_.begin(); it != ready_.end();) {
    const size_t task = it->second;
    if (alone_.count(task)) {
      ++it;
      continue;
    }
    const std::string slot =
        full.count(tasks_[task].device) ? "" : slots_.take(tasks_[task].device, tasks_[task].threads);
    if (slot.empty()) {
      full.insert(tasks_[task].device);
      if (full.size() == 2) break;
      ++it;
      continue;
    }
    slot_[task] = slot;
    ++running_;
    starts.push_back({task, slot});
    it = ready_.erase(it);
  }
  return starts;
}

void Scheduler::free_slot(size_t task) {
  if (!is_running(task)) return;
  slots_.give_back(slot_[task], tasks_[task].threads);
  slot_[task].clear();
  --running_;
  if (only_ == task) only_.reset();
}

void Scheduler::ended(size_t task) { free_slot(task); }
void Scheduler::put_back(size_t task) { free_slot(task); }

std::vector<size_t> Scheduler::failed(size_t task) {
  free_slot(task);
  withdraw(task);
  dead_[task] = true;
  std::vector<size_t> skipped, queue = {task};
  while (!queue.empty()) {
    const size_t from = queue.back();
    queue.pop_back();
    for (const size_t consumer : tasks_[from].consumers) {
      if (dead_[consumer]) continue;
      dead_[consumer] = true;
      withdraw(consumer);
      skipped.push_back(consumer);
      queue.push_back(consumer);
    }
  }
  std::sort(skipped.begin(), skipped.end());
  return skipped;
}

}  // namespace retort
