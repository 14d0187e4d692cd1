#pragma once
// The right to compute one key, held only while a process that has it lives. The coordinator takes it and hands it to
// the worker, which alone publishes:
//
//   coordinator   auto lease = leases.try_take(key);            job["lease"] = lease->ticket();
//                 send the job; where descriptor() >= 0, it goes with it (SCM_RIGHTS over the worker's socket)
//   worker        Lease lease = Lease::received(job["lease"], descriptor);
//                 … computes …  store.commit(record, sync, &lease);
//
// A kernel lock belongs to the open file description behind the descriptor: it lasts until the last copy is closed, so
// a worker keeps the lease when its coordinator is killed, and nothing is left when both are gone. Children that a
// plugin forks never keep it.
#include <cstdint>
#include <memory>
#include <string>

#include "core/checked_name.h"
#include "core/plugin_spec.h"

namespace retort {

class Lease {
 public:
  class Right;  ///< how it is held: by a kernel lock, by a file with a heartbeat, or not at all

  Lease(Key key, uint64_t fence, std::unique_ptr<Right> right);
  Lease(Lease&&) noexcept;
  Lease& operator=(Lease&&) noexcept;
  ~Lease();  ///< gives up this process's part of it

  /// The worker's end: `ticket` from the job, `descriptor` as it came over the socket (-1 if none did), which this
  /// object then owns. Throws Error(internal) for a ticket that cannot be read.
  static Lease received(const Json& ticket, int descriptor);

  const Key& key() const { return key_; }
  /// Greater than that of every earlier owner whose work may still lie about: names its folder of checkpoints, and
  /// stands in its record. An older owner that comes back to life cannot publish over a newer one.
  uint64_t fence() const { return fence_; }
  /// What carries the lock, to be passed on; -1 where a file does (then the ticket is enough). Closes on exec.
  int descriptor() const;
  Json ticket() const;

  /// False once another owner took it over: only where a file holds it, after this process did not run for long.
  bool is_mine() const;
  /// Ends it for every process that has a part of it: the job is over, or its worker is dead.
  void release();

 private:
  Key key_;
  uint64_t fence_ = 0;
  std::unique_ptr<Right> right_;
};

class Lease::Right {
 public:
  virtual ~Right() = default;
  virtual int descriptor() const { return -1; }
  virtual Json ticket() const { return Json::object(); }
  virtual bool is_mine() const { return true; }
  virtual void release() {}
};

}  // namespace retort
