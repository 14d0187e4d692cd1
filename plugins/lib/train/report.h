#pragma once
// The small artifacts every trainer and evaluator writes: curves, metrics, predictions, in the layout
// framework/kinds/all fixes.
#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sdk/node.h"

namespace retort::train {

/// Values over epochs or iterations, by name; each point also goes to the run's event log.
class Curves {
 public:
  explicit Curves(Run& run) : run_(run) {}
  void add(const std::string& name, int64_t step, double value);
  const std::map<std::string, std::vector<std::pair<int64_t, double>>>& all() const { return curves_; }
  /// For a checkpoint, and back; restoring logs nothing again.
  std::string text() const;
  void restore(const std::string& text);
  void write(Output& output) const;  ///< curves.json

 private:
  Run& run_;
  std::map<std::string, std::vector<std::pair<int64_t, double>>> curves_;
};

/// metrics.json and the same numbers as the meta.
void write_metrics(Output& output, const std::map<std::string, double>& metrics);

/// predictions.safetensors: logits as float16 [N,K] (clamped to what it holds), labels int64 [N].
void write_predictions(Output& output, const at::Tensor& logits, const at::Tensor& labels);

}  // namespace retort::train
