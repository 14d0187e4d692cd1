#include "train/report.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/error.h"
#include "core/files.h"
#include "core/json_numbers.h"
#include "sdk/torch/finite.h"
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
  if (const auto name = not_finite_in(Json(metrics)))
    throw Error(ErrorKind::not_a_number,
                "the metric \"" + *name + "\" is " + (std::isnan(metrics.at(*name)) ? "not a number" : "infinite"));
  for (const auto& [name, value] : metrics) output.meta[name] = value;
  write_file(output.file("metrics.json"), Json(metrics).dump(2) + "\n");
}

void write_predictions(Output& output, const at::Tensor& logits, const at::Tensor& labels) {
  constexpr double kLargestHalf = 65504;
  check_finite(logits, "logits", "predictions");  // the clamp below would hide what is infinite
  write_tensors(
      output.file("predictions.safetensors"),
      {{"logits", logits.clamp(-kLargestHalf, kLargestHalf).to(at::kHalf)}, {"labels", labels.to(at::kLong)}});
  output.meta["count"] = labels.size(0);
  output.meta["classes"] = logits.size(1);
}

}  // namespace retort::train
