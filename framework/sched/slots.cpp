#include "sched/slots.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

namespace retort {
namespace {

std::vector<std::string> visible_mask() {
  std::vector<std::string> mask;
  const char* text = std::getenv("CUDA_VISIBLE_DEVICES");
  std::istringstream list(text ? text : "");
  for (std::string one; std::getline(list, one, ',');) mask.push_back(one);
  return mask;
}

/// Lines of `nvidia-smi -L`: "GPU 0: NVIDIA H100 (UUID: …)".
std::vector<std::string> all_cards() {
  std::vector<std::string> cards;
  if (!cuda_is_here()) return cards;
  FILE* pipe = ::popen("nvidia-smi -L 2>/dev/null", "r");
  if (!pipe) return cards;
  for (char line[512]; std::fgets(line, sizeof line, pipe);) {
    const std::string text = line;
    const auto colon = text.find(": ");
    if (text.rfind("GPU ", 0) == 0 && colon != std::string::npos)
      cards.push_back(text.substr(colon + 2, text.find(" (UUID") - colon - 2));
  }
  ::pclose(pipe);
  return cards;
}

/// "cuda:1" → 1
size_t index_of(const std::string& slot) { return std::stoul(slot.substr(slot.find(':') + 1)); }

}  // namespace

bool cuda_is_here() {
  const char* mask = std::getenv("CUDA_VISIBLE_DEVICES");
  return std::filesystem::exists("/dev/nvidia0") && (!mask || *mask);
}

Devices find_devices() {
  Devices devices;
  devices.cores = std::max(1u, std::thread::hardware_concurrency());
  devices.cards = all_cards();
  if (std::getenv("CUDA_VISIBLE_DEVICES")) devices.cards.resize(std::min(devices.cards.size(), visible_mask().size()));
  return devices;
}

Slots::Slots(Devices devices, size_t at_most)
    : devices_(std::move(devices)),
      at_most_(at_most),
      card_taken_(devices_.cards.size(), false),
      outer_mask_(visible_mask()) {}

size_t Slots::cost(size_t threads) const { return std::clamp<size_t>(threads, 1, devices_.cores); }

bool Slots::can_ever(const std::string& device) const { return device != "cuda" || !devices_.cards.empty(); }

std::string Slots::take(const std::string& device, size_t threads) {
  if (at_most_ > 0 && running_ >= at_most_) return "";
  if (device == "cuda") {
    const auto free = std::find(card_taken_.begin(), card_taken_.end(), false);
    if (free == card_taken_.end()) return "";
    *free = true;
    ++running_;
    return "cuda:" + std::to_string(free - card_taken_.begin());
  }
  // A given number of slots replaces the count of cores: whoever says 4 means 4.
  if (at_most_ == 0 && cores_used_ + cost(threads) > devices_.cores) return "";
  cores_used_ += cost(threads);
  ++running_;
  return "cpu";
}

void Slots::give_back(const std::string& slot, size_t threads) {
  --running_;
  if (slot == "cpu") {
    cores_used_ -= cost(threads);
  } else {
    card_taken_[index_of(slot)] = false;
  }
}

std::string Slots::card_name(const std::string& slot) const {
  return slot == "cpu" ? "" : devices_.cards[index_of(slot)];
}

std::string Slots::visible_devices(const std::string& slot) const {
  if (slot == "cpu") return "";
  const size_t index = index_of(slot);
  return index < outer_mask_.size() ? outer_mask_[index] : std::to_string(index);
}

}  // namespace retort
