#pragma once
// A library runs code of its own while it is opened, which may never end.
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace retort {

/// Ends this process with exit code 6 and a line that names `library` if it still lives after $RETORT_LOAD_LIMIT
/// seconds (60 if that is not set: libtorch from a slow file server).
class LoadLimit {
 public:
  explicit LoadLimit(std::string library);
  ~LoadLimit();
  LoadLimit(const LoadLimit&) = delete;
  LoadLimit& operator=(const LoadLimit&) = delete;

 private:
  void watch();

  const std::string library_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread watcher_;
};

}  // namespace retort
