#pragma once
// The frame of a harness: a program that does something cruel many times and counts what went wrong. It takes the
// number of rounds and a seed, prints one line for people, and fails on any violation:
//
//   int main(int argc, char** argv) {
//     retort::Harness harness("flips", argc, argv, 1200);   // rounds of the long version
//     while (harness.next()) { … if (bad) harness.violation("what was seen"); }
//     return harness.finish("1,140 noticed, 60 without effect");
//   }
//
// `./dev torture NAME [ROUNDS [SEED]]` runs the long version; ctest runs the short one (CMakeLists.txt here). A round
// is repeated alone by its seed: every round draws from a generator of its own, seeded by the seed and its number.
#include <cstdint>
#include <functional>
#include <random>
#include <string>

#include "whole/engine/workshop.h"

namespace retort {

class Harness {
 public:
  /// Reads ROUNDS and SEED from the command line; a mistake there ends the program with code 2.
  Harness(std::string name, int argc, char** argv, size_t long_rounds);

  bool next();  ///< begins the next round; false when all are done or a hundred violations were seen
  size_t round() const { return round_; }  ///< from 0
  size_t rounds() const { return rounds_; }
  std::mt19937_64& random() { return random_; }
  size_t below(size_t limit);  ///< a random number from 0, less than `limit`

  /// Counts it and says so at once, with the round.
  void violation(const std::string& what);
  void expect(bool good, const std::string& what) {
    if (!good) violation(what);
  }
  /// "NAME: 1000 rounds (seed 7), 0 violations; FIGURES; 12.3 s". Returns the exit code: 0, or 1 if anything was
  /// violated, assertions of the workshop included.
  int finish(const std::string& figures = "");

 private:
  std::string name_;
  size_t rounds_, round_ = 0, violations_ = 0;
  bool begun_ = false;
  uint64_t seed_ = 1;
  std::mt19937_64 random_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Ends `process` and all its descendants by SIGKILL, as they are now; waits for `process`.
void kill_tree(pid_t process);

}  // namespace retort
