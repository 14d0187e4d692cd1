#pragma once
// The worker's end of the socket to its coordinator, one JSON object a line (framework/docs/worker.md, *Protocol*).
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/plugin_spec.h"

namespace retort {

class Channel {
 public:
  /// Starts the thread that reads. When the coordinator is gone while a job runs, that thread ends the process at once:
  /// nothing works on unowned.
  explicit Channel(int socket);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  void send(const Json& event);  ///< thread-safe; a lost coordinator is noticed by the reader, not here
  struct Job {
    Json job;
    int lease = -1;                       ///< descriptor that came with it, now the receiver's; -1 if none did
    std::shared_ptr<const Json> plugins;  ///< what the run was planned with (ComponentFinder); null if nobody said
  };
  std::optional<Job> next_job();  ///< waits; nothing when the coordinator closed the socket
  bool cancelled() const { return cancelled_; }

 private:
  void read_loop();
  ssize_t receive(char* buffer, size_t size);
  void handle(const std::string& line);

  int socket_;
  std::mutex send_lock_, queue_lock_;
  std::condition_variable arrived_;
  std::deque<Job> jobs_;
  std::shared_ptr<const Json> plugins_;
  int received_ = -1;  ///< descriptor of the job whose line is being read
  bool closed_ = false;
  std::atomic<bool> busy_{false}, cancelled_{false};
  std::thread reader_;
};

}  // namespace retort
