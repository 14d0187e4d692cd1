#include "sched/stop_requests.h"

#include <unistd.h>

#include <algorithm>

#include "core/files.h"
#include "sched/job.h"

namespace retort {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);

}  // namespace

int StopRequests::count() { return std::max(signals_.received(), from_elsewhere()); }

int StopRequests::from_elsewhere() {
  using Clock = std::chrono::steady_clock;
  if (run_folder_.empty() || Clock::now() < next_look_) return 0;
  next_look_ = Clock::now() + kLook;
  const auto file = cancel_file(run_folder_);
  if (::access(file.c_str(), F_OK) != 0) return 0;
  return read_file(file).find("now") == std::string::npos ? 1 : 2;
}

}  // namespace retort
