#include "relabel/replay.h"

#include <cstdio>

#include "sdk/torch/finite.h"
#include "sdk/torch/tensor_file.h"

namespace retort::relabel {
namespace {

std::string epoch_file(int64_t epoch) {
  char name[40];
  std::snprintf(name, sizeof name, "epoch-%05lld.safetensors", static_cast<long long>(epoch));
  return name;
}

at::Tensor half(const at::Tensor& logits) {
  check_finite(logits, "logits", "the teachers' labels");  // the clamp below would hide what is infinite
  constexpr double kLargestHalf = 65504;
  return logits.clamp(-kLargestHalf, kLargestHalf).to(at::kCPU, at::kHalf);
}

void append(std::map<std::string, std::vector<at::Tensor>>& columns, const std::string& name, const at::Tensor& value) {
  if (value.defined()) columns[name].push_back(value.to(at::kCPU));
}

}  // namespace

void write_epoch(Output& output, int64_t epoch, const std::vector<ReplayStep>& steps) {
  std::map<std::string, std::vector<at::Tensor>> columns;
  for (const auto& step : steps) {
    const auto& mix = step.draws.mix;
    append(columns, "order", step.indices.to(at::kInt));
    append(columns, "boxes", step.draws.boxes.defined() ? step.draws.boxes.to(at::kShort) : at::Tensor());
    append(columns, "offsets", step.draws.offsets.defined() ? step.draws.offsets.to(at::kShort) : at::Tensor());
    append(columns, "flips", step.draws.flips);
    append(columns, "logits", half(step.logits));
    if (mix.kind == vision::Mix::none) continue;
    append(columns, "mix_partner", mix.partner.to(at::kInt));
    append(columns, "mix_share", at::tensor({mix.share}, at::kDouble));
    append(columns, "mix_box",
           at::tensor({mix.box.top, mix.box.left, mix.box.height, mix.box.width}, at::kLong).unsqueeze(0));
  }
  TensorList tensors;
  for (const auto& [name, parts] : columns) tensors.emplace_back(name, at::cat(parts));
  write_tensors(output.file(epoch_file(epoch)), tensors);
}

Json ReplayFacts::json() const {
  return {{"epochs", epochs},         {"batch", batch},   {"count", count},      {"size", size},
          {"views", to_json(recipe)}, {"mixing", mixing}, {"teachers", teachers}};
}

ReplayFacts ReplayFacts::from_json(const Json& json) {
  return {json.at("epochs"), json.at("batch"),   json.at("count"), json.at("size"), recipe_from_json(json.at("views")),
          json.at("mixing"), json.at("teachers")};
}

Replay::Replay(const Artifact& labels) : labels_(labels), facts_(ReplayFacts::from_json(labels.meta.at("replay"))) {}

ReplayStep Replay::step(int64_t epoch, int64_t step) {
  if (epoch != epoch_) {
    columns_.clear();
    for (auto& [name, tensor] : read_tensors(labels_.file(epoch_file(epoch)))) columns_[name] = tensor;
    epoch_ = epoch;
  }
  const int64_t begin = step * facts_.batch, count = std::min(facts_.batch, facts_.count - begin);
  const auto part = [&](const char* name) {
    const auto found = columns_.find(name);
    return found == columns_.end() ? at::Tensor() : found->second.narrow(0, begin, count);
  };
  const auto whole = [](const at::Tensor& x) { return x.defined() ? x.to(at::kLong) : x; };
  ReplayStep result{
      whole(part("order")), {whole(part("boxes")), whole(part("offsets")), part("flips"), {}}, part("logits")};
  if (facts_.mixing == "none") return result;
  auto& mix = result.draws.mix;
  mix.kind = facts_.mixing == "mixup" ? vision::Mix::mixup : vision::Mix::cutmix;
  mix.partner = whole(part("mix_partner"));
  mix.share = columns_.at("mix_share")[step].item<double>();
  const auto box = columns_.at("mix_box")[step];
  const auto* side = box.const_data_ptr<int64_t>();
  mix.box = {side[0], side[1], side[2], side[3]};
  return result;
}

}  // namespace retort::relabel
