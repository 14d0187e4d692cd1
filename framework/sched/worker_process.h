#pragma once
// One retort-worker process: started, spoken to, reaped. What it is used for is the runner's business.
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace retort {

class WorkerProcess {
 public:
  /// Starts `program` with a socket to this process, and CUDA_VISIBLE_DEVICES and OMP_NUM_THREADS set. Throws
  /// Error(plugin) if it cannot be started.
  WorkerProcess(const std::filesystem::path& program, const std::string& visible_devices, int threads);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  int socket() const { return socket_; }
  int process() const { return process_; }  ///< readable once it ended, whoever still holds a copy of its socket
  pid_t id() const { return pid_; }
  bool dead() const { return dead_; }

  /// A copy of `descriptor`, if that is not -1, goes with the text. A worker that died is noticed elsewhere.
  void send(std::string_view text, int descriptor = -1) const;
  void hang_up();  ///< closes the socket: an idle worker ends, and at once one that works
  bool ended_within(int milliseconds) const;
  void kill() const;
  /// Its exit status. It is killed first: one that does not speak any more is of no use.
  int reap();

 private:
  pid_t pid_ = -1;
  int socket_ = -1, process_ = -1;
  bool dead_ = false;
};

}  // namespace retort
