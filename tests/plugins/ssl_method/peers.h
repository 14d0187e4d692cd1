#pragma once
// What lightly and solo-learn computed (tests/whole/peers/ssl_losses.py), from the committed file or, given
// RETORT_PEERS_PYTHON, computed again.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "sdk/torch/tensor_file.h"

namespace retort {

/// tests/whole/peers/NAME.safetensors (or, without an ending, the folder tests/whole/peers/NAME), or a fresh one that
/// NAME.py wrote.
inline std::filesystem::path peer_file(const std::string& name, const std::string& ending = ".safetensors") {
  const std::filesystem::path folder = std::filesystem::path(std::getenv("RETORT_SOURCE")) / "tests/whole/peers";
  const char* python = std::getenv("RETORT_PEERS_PYTHON");
  if (!python) return folder / (name + ending);
  const auto fresh = std::filesystem::temp_directory_path() / (name + "." + std::to_string(getpid()) + ending);
  const std::string command = std::string(python) + " " + (folder / (name + ".py")).string() + " " + fresh.string();
  if (std::filesystem::exists(fresh)) return fresh;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return fresh;
}

class Peers {
 public:
  explicit Peers(const std::string& name = "ssl_losses") {
    for (auto& [key, value] : read_tensors(peer_file(name))) values_[key] = value;
  }
  const at::Tensor& operator[](const std::string& key) const { return values_.at(key); }
  bool has(const std::string& key) const { return values_.count(key) > 0; }

 private:
  std::map<std::string, at::Tensor> values_;
};

/// 1e-5 of the greatest value, or of 1.
inline void expect_equal(const at::Tensor& value, const at::Tensor& expected, const std::string& what) {
  ASSERT_EQ(value.sizes(), expected.sizes()) << what;
  const double scale = std::max(1.0, expected.abs().max().item<double>());
  EXPECT_LE((value - expected).abs().max().item<double>(), 1e-5 * scale) << what;
}

}  // namespace retort
