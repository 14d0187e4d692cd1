#pragma once
// Where nodes can run: processor cores shared by their threads, and one slot a graphics card.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace retort {

struct Devices {
  size_t cores = 1;
  std::vector<std::string> cards;  ///< names of CUDA devices, by index; $CUDA_VISIBLE_DEVICES is respected
  std::vector<std::string> ids;    ///< of the same cards, equal for every process of this machine: their UUIDs
};

/// Whether there is a CUDA device that this process may use; asks no other program.
bool cuda_is_here();

/// What this machine has. Cards are asked of `nvidia-smi -L`, only where /dev/nvidia0 exists. $RETORT_CARDS, names with
/// commas between them, pretends that there are such cards: for trying out how nodes are placed.
Devices find_devices();

/// Which cards other runs on this machine use.
class CardClaims {
 public:
  virtual ~CardClaims() = default;
  virtual bool take(size_t card) = 0;  ///< never waits
  virtual void give_back(size_t card) = 0;
};

/// Free and taken slots.
class Slots {
 public:
  /// `at_most` bounds the number of nodes at a time, on whatever devices; 0: no bound but the devices'.
  /// Without `claims` all cards are this run's own.
  Slots(Devices devices, size_t at_most, std::shared_ptr<CardClaims> claims = nullptr);

  /// Takes a place for a node of this device class and number of threads: "cpu", "cuda:1"; empty if none is free now.
  /// A node with more threads than cores gets them all.
  std::string take(const std::string& device, size_t threads);
  void give_back(const std::string& slot, size_t threads);
  /// Whether such a node could ever run here.
  bool can_ever(const std::string& device) const;
  size_t total(bool cuda) const { return cuda ? devices_.cards.size() : devices_.cores; }
  std::string card_name(const std::string& slot) const;  ///< "NVIDIA H100"; empty for the processor
  /// What CUDA_VISIBLE_DEVICES must be in the environment of a worker of this slot.
  std::string visible_devices(const std::string& slot) const;

 private:
  size_t cost(size_t threads) const;
  std::string take_card();
  Devices devices_;
  size_t at_most_, running_ = 0, cores_used_ = 0;
  std::shared_ptr<CardClaims> claims_;
  std::vector<bool> card_taken_;
  std::vector<std::string> outer_mask_;  ///< $CUDA_VISIBLE_DEVICES of the command itself, split
};

}  // namespace retort
