#include "sched/card_leases.h"

#include <unistd.h>

#include "core/digest.h"

namespace retort {

CardLeases::CardLeases(const Store& store, const std::vector<std::string>& ids) : leases_(store) {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  for (const auto& id : ids) keys_.push_back(sha256_hex(std::string("card\n") + host + "\n" + id + "\n"));
}

bool CardLeases::take(size_t card) {
  auto lease = leases_.try_take(keys_.at(card));
  if (lease) held_.insert_or_assign(card, std::move(*lease));
  return lease.has_value();
}

void CardLeases::give_back(size_t card) {
  if (const auto it = held_.find(card); it != held_.end()) {
    it->second.release();
    held_.erase(it);
  }
}

}  // namespace retort
