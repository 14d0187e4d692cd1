#include "train/report.h"

#include <ATen/ATen.h>

#include "core/files.h"
#include "sdk/torch/tensor_file.h"

namespace retort::train {

void Curves::add(const std::string& name, int64_t step, double value) {
  curves_[name].emplace_back(step, value);
  run_.metric(name, step, value);
}

std::string Curves::text() const { return Json(curves_).dump(); }
void Curves::restore(const std::string& text) { curves_ = Json::parse(text).get<decltype(curves_)>(); }
void Curves::write(Output& output) const { write_file(output.file("curves.json"), text() + "\n"); }

void write_metrics(Output& output, const std::map<std::string, double>& metrics) {
  for (const auto& [name, value] : metrics) output.meta[name] = value;
  write_file(output.file("metrics.json"), Json(metrics).dump(2) + "\n");
}

void write_predictions(Output& output, const at::Tensor& logits, const at::Tensor& labels) {
  constexpr double kLargestHalf = 65504;
  write_tensors(
      output.file("predictions.safetensors"),
      {{"logits", logits.clamp(-kLargestHalf, kLargestHalf).to(at::kHalf)}, {"labels", labels.to(at::kLong)}});
  output.meta["count"] = labels.size(0);
  output.meta["classes"] = logits.size(1);
}

}  // namespace retort::train
