#pragma once
// Tells someone who is not looking: a command of theirs is run when the run ends, at its first failure, and when it
// stalls.
#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "events/view.h"

namespace retort {

/// A view that shows everything through another one and runs `command` (by /bin/sh, its output on error output, without
/// being waited for) with these in its environment: RETORT_EVENT (end, failure, stall), RETORT_RUN, RETORT_GRAPH,
/// RETORT_TITLE, RETORT_STATUS (running, done, failed, cancelled), RETORT_SECONDS (since the start), RETORT_TEXT (one
/// line for people), RETORT_NODE (of a failure), RETORT_STORE, and counts of nodes RETORT_DONE, _HIT, _RUNNING,
/// _WAITING, _FAILED, _SKIPPED, _CANCELLED.
///   failure  the first node that failed; later ones are not told
///   stall    nothing happened for `stall` seconds; again only after something did
///   end      once, however the run ended; the command is then waited for, at most half a minute
/// A command that fails is said on error output and changes nothing.
class Notifier final : public View {
 public:
  Notifier(std::unique_ptr<View> view, std::string command, double stall, std::string store);
  ~Notifier() override;

  void event(const RunState& state, const Json& event) override;
  void tick(const RunState& state, double now) override;
  void finish(const RunState& state) override;

 private:
  void tell(const RunState& state, const std::string& event, const std::string& text, const std::string& node = "");
  void reap(bool wait);

  std::unique_ptr<View> view_;
  std::string command_;
  double stall_;
  std::string store_;
  double last_news_ = 0;  ///< seconds since 1970
  bool told_failure_ = false, told_stall_ = false;
  std::vector<pid_t> children_;
};

}  // namespace retort
