#pragma once
// How fast a momentum network follows, as two parameters of its method (SSL.md 2.3).
#include "core/declare.h"
#include "train/loop.h"

namespace retort::train::ssl {

struct Momentum {
  double start = 0.99;
  std::string schedule = "cosine";  ///< constant, or cosine: rises to 1 over the run

  /// Parameters momentum and momentum_schedule; the members' values are the defaults.
  void declare(Declare& d) {
    d.param("momentum", start, "Share of the momentum network that stays in a step, at the start")
        .at_least(0)
        .less_than(1);
    d.param("momentum_schedule", schedule, "constant, or cosine: rises to 1 over the run")
        .one_of({"constant", "cosine"});
  }
  double at(const Position& position) const {
    return schedule == "cosine" ? cosine_momentum(start, position.progress()) : start;
  }
};

}  // namespace retort::train::ssl
