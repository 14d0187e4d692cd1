#include "store/lease.h"

#include "core/error.h"
#include "store/file_lease.h"
#include "store/lock_lease.h"

namespace retort {

Lease::Lease(Key key, uint64_t fence, std::unique_ptr<Right> right)
    : key_(std::move(key)), fence_(fence), right_(std::move(right)) {}
Lease::Lease(Lease&&) noexcept = default;
Lease& Lease::operator=(Lease&&) noexcept = default;
Lease::~Lease() = default;

Lease Lease::received(const Json& ticket, int descriptor) {
  try {
    const Key key = ticket.at("key").get<std::string>();
    std::unique_ptr<Right> right;
    if (ticket.contains("file")) {
      right = received_file(ticket["file"].get<std::string>(), ticket.at("token"));
    } else if (descriptor >= 0) {
      right = received_lock(key, descriptor);
    } else {
      right = std::make_unique<Right>();
    }
    return {key, ticket.at("fence").get<uint64_t>(), std::move(right)};
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::internal, std::string("a job's lease cannot be read: ") + error.what());
  }
}

int Lease::descriptor() const { return right_->descriptor(); }
bool Lease::is_mine() const { return right_->is_mine(); }
void Lease::release() { right_->release(); }

Json Lease::ticket() const {
  Json ticket = right_->ticket();
  ticket["key"] = key_.text();
  ticket["fence"] = fence_;
  return ticket;
}

}  // namespace retort
