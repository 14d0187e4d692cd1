#pragma once
// What a run does about a node that failed, by the kind of failure. Pure logic: no processes, no time.
#include <string>

#include "core/error.h"

namespace retort {

struct FailurePolicy {
  int retries = 0;              ///< further tries of one key in one run, for this kind
  bool alone = false;           ///< the further try starts when nothing else of the run runs
  bool replace_worker = false;  ///< the process that ran it does nothing more
};

/// - user, data, store, plugin, not_a_number, cancelled, internal: the same again would come out the same: fail.
/// - memory, device_memory: once more, alone, in a fresh process (an old one keeps what it once had).
/// - device: the process is to blame, since no call on that device works in it any more; once more in a fresh one.
/// - lost: once more in a fresh one. What kills two workers in one run is the node's fault.
/// - timeout: fail; its process was killed.
const FailurePolicy& policy_of(ErrorKind kind);

/// How a worker ended, from what the kernel told.
struct Death {
  int status = 0;           ///< of waitpid
  bool started = false;     ///< the node was running; before that its libraries and inputs are opened
  bool oom_killed = false;  ///< the kernel ran out of memory meanwhile and killed something
  std::string log;          ///< the file with the node's output, for its last lines; may be empty
};

/// memory if host memory ran out (a std::bad_alloc that nobody caught, the kernel's out-of-memory killer), else lost.
ErrorKind kind_of(const Death& death);
/// "the worker died, killed by SIGSEGV (Segmentation fault), while the node ran; its last lines (FILE): …"
std::string text_of(const Death& death);

/// How many processes the kernel has killed for want of memory since it started; 0 where it does not say.
long oom_kills();

}  // namespace retort
