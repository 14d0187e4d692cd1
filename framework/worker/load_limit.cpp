#include "worker/load_limit.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace retort {
namespace {

double seconds_allowed() {
  constexpr double kSeconds = 60;
  const char* given = std::getenv("RETORT_LOAD_LIMIT");
  const double seconds = given ? std::atof(given) : 0;
  return seconds > 0 ? seconds : kSeconds;
}

}  // namespace

LoadLimit::LoadLimit(std::string library) : library_(std::move(library)), watcher_([this] { watch(); }) {}

LoadLimit::~LoadLimit() {
  {
    const std::lock_guard locked(lock_);
    over_ = true;
  }
  changed_.notify_one();
  watcher_.join();
}

void LoadLimit::watch() {
  const double seconds = seconds_allowed();
  std::unique_lock locked(lock_);
  if (changed_.wait_for(locked, std::chrono::duration<double>(seconds), [this] { return over_; })) return;
  std::fprintf(stderr, "retort-worker: %s: opening it did not end within %g s\n", library_.c_str(), seconds);
  std::fflush(stderr);
  std::_Exit(6);
}

}  // namespace retort
