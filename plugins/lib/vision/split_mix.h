#pragma once
// Random numbers of drawn data sets: small and the same everywhere, unlike std's distributions (SplitMix64; Steele,
// Lea and Flood, OOPSLA 2014).
#include <cstdint>

namespace retort::vision {

class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}
  double uniform(double low, double high) { return low + (high - low) * static_cast<double>(next() >> 11) * 0x1p-53; }
  bool coin() { return (next() >> 63) != 0; }

 private:
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint64_t state_;
};

}  // namespace retort::vision
