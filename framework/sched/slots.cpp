#include "sched/slots.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/processors.h"

namespace retort {
namespace {

std::vector<std::string> split(const char* text) {
  std::vector<std::string> parts;
  std::istringstream list(text ? text : "");
  for (std::string one; std::getline(list, one, ',');) parts.push_back(one);
  return parts;
}

std::vector<std::string> visible_mask() { return split(std::getenv("CUDA_VISIBLE_DEVICES")); }

struct Card {
  std::string name, id;
};

/// Lines of `nvidia-smi -L`: "GPU 0: NVIDIA H100 (UUID: GPU-5a1c…)".
std::vector<Card> all_cards() {
  std::vector<Card> cards;
  for (const auto& name : split(std::getenv("RETORT_CARDS"))) cards.push_back({name, std::to_string(cards.size())});
  if (!cards.empty() || !cuda_is_here()) return cards;
  FILE* pipe = ::popen("nvidia-smi -L 2>/dev/null", "r");
  if (!pipe) return cards;
  for (char line[512]; std::fgets(line, sizeof line, pipe);) {
    const std::string text = line;
    const auto colon = text.find(": "), uuid = text.find(" (UUID: ");
    if (text.rfind("GPU ", 0) != 0 || colon == std::string::npos || uuid == std::string::npos) continue;
    cards.push_back({text.substr(colon + 2, uuid - colon - 2), text.substr(uuid + 8, text.rfind(')') - uuid - 8)});
  }
  ::pclose(pipe);
  return cards;
}

/// A mask names cards by number or by the beginning of their UUID; it ends where it names one that is not there.
std::vector<Card> visible_cards() {
  auto all = all_cards();
  if (!std::getenv("CUDA_VISIBLE_DEVICES")) return all;
  std::vector<Card> visible;
  for (const auto& name : visible_mask()) {
    size_t found = 0;
    while (found < all.size() && std::to_string(found) != name && all[found].id.rfind(name, 0) != 0) ++found;
    if (found == all.size() || name.empty()) break;
    visible.push_back(all[found]);
  }
  return visible;
}

/// "cuda:1" → 1
size_t index_of(const std::string& slot) { return std::stoul(slot.substr(slot.find(':') + 1)); }

}  // namespace

bool cuda_is_here() {
  const char* mask = std::getenv("CUDA_VISIBLE_DEVICES");
  return (std::getenv("RETORT_CARDS") || std::filesystem::exists("/dev/nvidia0")) && (!mask || *mask);
}

Devices find_devices() {
  Devices devices;
  devices.cores = usable_cores();
  for (const auto& card : visible_cards()) {
    devices.cards.push_back(card.name);
    devices.ids.push_back(card.id);
  }
  return devices;
}

Slots::Slots(Devices devices, size_t at_most, std::shared_ptr<CardClaims> claims)
    : devices_(std::move(devices)),
      at_most_(at_most),
      claims_(std::move(claims)),
      card_taken_(devices_.cards.size(), false),
      outer_mask_(visible_mask()) {}

size_t Slots::cost(size_t threads) const { return std::clamp<size_t>(threads, 1, devices_.cores); }

bool Slots::can_ever(const std::string& device) const { return device != "cuda" || !devices_.cards.empty(); }

std::string Slots::take(const std::string& device, size_t threads) {
  if (at_most_ > 0 && running_ >= at_most_) return "";
  if (device == "cuda") return take_card();
  // A given number of slots replaces the count of cores: whoever says 4 means 4.
  if (at_most_ == 0 && cores_used_ + cost(threads) > devices_.cores) return "";
  cores_used_ += cost(threads);
  ++running_;
  return "cpu";
}

std::string Slots::take_card() {
  for (size_t card = 0; card < card_taken_.size(); ++card) {
    if (card_taken_[card] || (claims_ && !claims_->take(card))) continue;
    card_taken_[card] = true;
    ++running_;
    return "cuda:" + std::to_string(card);
  }
  return "";
}

void Slots::give_back(const std::string& slot, size_t threads) {
  --running_;
  if (slot == "cpu") {
    cores_used_ -= cost(threads);
  } else {
    card_taken_[index_of(slot)] = false;
    if (claims_) claims_->give_back(index_of(slot));
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
