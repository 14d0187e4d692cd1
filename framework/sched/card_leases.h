#pragma once
// Cards as something several runs on one store share: each is used by one node at a time, whichever run it belongs to.
#include <map>
#include <string>
#include <vector>

#include "sched/slots.h"
#include "store/leases.h"

namespace retort {

class CardLeases final : public CardClaims {
 public:
  /// `ids` as in Devices. The store must outlive this.
  CardLeases(const Store& store, const std::vector<std::string>& ids);
  bool take(size_t card) override;
  void give_back(size_t card) override;

 private:
  Leases leases_;
  std::vector<std::string> keys_;
  std::map<size_t, Lease> held_;
};

}  // namespace retort
