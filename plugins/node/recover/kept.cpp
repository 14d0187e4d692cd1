#include "kept.h"

#include "sdk/torch/tensor_file.h"

namespace retort::recover {

TensorList state_of(Components<RecoverLoss>& losses) {
  TensorList all;
  for (size_t i = 0; i < losses.size(); ++i)
    for (const auto& [name, tensor] : losses[i].state()) all.emplace_back(std::to_string(i) + "." + name, tensor);
  return all;
}

void restore(Components<RecoverLoss>& losses, const TensorList& saved) {
  for (size_t i = 0; i < losses.size(); ++i) {
    const std::string prefix = std::to_string(i) + ".";
    std::map<std::string, at::Tensor> own;
    for (const auto& [name, tensor] : saved)
      if (name.starts_with(prefix)) own[name.substr(prefix.size())] = tensor;
    if (!own.empty()) losses[i].restore(own);
  }
}

std::optional<Finished> Kept::chunk(size_t index) const {
  if (!std::filesystem::exists(file(index))) return std::nullopt;
  try {
    Finished finished;
    for (auto& [name, tensor] : read_tensors(file(index))) {
      if (name == "pixels")
        finished.pixels = tensor;
      else if (name == "curves")
        finished.curves = tensor;
      else
        finished.losses.emplace_back(name, tensor);
    }
    return finished;
  } catch (const Error&) {
    return std::nullopt;  // cut off by a crash of the machine: computed again
  }
}

void Kept::keep(size_t index, const Finished& finished) const {
  TensorList tensors{{"pixels", finished.pixels}, {"curves", finished.curves}};
  tensors.insert(tensors.end(), finished.losses.begin(), finished.losses.end());
  const auto part = folder_ / "part.safetensors";
  write_tensors(part, tensors);
  std::filesystem::rename(part, file(index));
}

void Kept::save(size_t index, const ChunkState& state, Components<RecoverLoss>& losses, double seconds) {
  const auto now = std::chrono::steady_clock::now();
  if (std::chrono::duration<double>(now - saved_).count() < seconds) return;
  saved_ = now;
  std::map<std::string, std::string> blobs;
  blobs["place"] = Json{{"chunk", index}, {"stage", state.stage}, {"iteration", state.iteration}}.dump();
  add_tensors(blobs, "canvas", {{"canvas", state.canvas}, {"curves", state.curves}});
  add_tensors(blobs, "optimizer", state.optimizer);
  add_tensors(blobs, "losses", state_of(losses));
  checkpoint_.save(++count_, blobs);
}

std::optional<ChunkState> Kept::load(size_t index, Components<RecoverLoss>& losses) {
  const auto saved = checkpoint_.load();
  if (!saved) return std::nullopt;
  count_ = saved->step;
  const Json place = Json::parse(saved->blobs.at("place"));
  if (place["chunk"] != index) return std::nullopt;
  ChunkState state;
  state.stage = place["stage"];
  state.iteration = place["iteration"];
  const auto tensors = tensors_in(saved->blobs, "canvas");
  state.canvas = tensors.at(0).second;
  state.curves = tensors.at(1).second;
  state.optimizer = tensors_in(saved->blobs, "optimizer");
  restore(losses, tensors_in(saved->blobs, "losses"));
  return state;
}

std::filesystem::path Kept::file(size_t index) const {
  return folder_ / ("chunk-" + std::to_string(index) + ".safetensors");
}

}  // namespace retort::recover
