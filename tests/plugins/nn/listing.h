#pragma once
// Names and shapes of weights as text, and the same as torchvision printed it.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "nn/weights.h"

namespace retort::nn {

inline std::string listing(const Weights& weights) {
  std::ostringstream out;
  for (const NamedTensor& each : weights.all()) {
    out << each.name;
    for (const int64_t side : each.value.sizes()) out << ' ' << side;
    out << '\n';
  }
  return out.str();
}

inline std::string expected(const std::string& name) {
  std::ifstream in(std::string(RETORT_EXPECTED) + "/" + name + ".txt");
  EXPECT_TRUE(in) << name;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace retort::nn
