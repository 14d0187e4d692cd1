#pragma once
// Ctrl-C and its like as something a poll loop can wait for.
#include <signal.h>

namespace retort {

class Signals {
 public:
  /// Takes SIGINT, SIGTERM and SIGHUP for this process, those apart that are ignored; one object at a time.
  Signals();
  ~Signals();  ///< gives them back
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }  ///< readable when a signal came
  /// Number of signals since the start, those taken in now included.
  int received();
  int first() const { return first_; }  ///< number of the first one, 0 if none came

 private:
  sigset_t taken_;
  int descriptor_ = -1, count_ = 0, first_ = 0;
};

}  // namespace retort
