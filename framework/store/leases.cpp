#include "store/leases.h"

#include <fcntl.h>
#include <unistd.h>

namespace retort {

Leases::Leases(const std::filesystem::path& file) : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {}

Leases::~Leases() {
  if (file_ >= 0) ::close(file_);
}

bool Leases::lock(const std::string& key, short type) {
  struct flock range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(std::stoull(key.substr(0, 16), nullptr, 16) >> 2);
  range.l_len = 1;
  return ::fcntl(file_, F_OFD_SETLK, &range) == 0;
}

bool Leases::try_take(const std::string& key) { return file_ < 0 || lock(key, F_WRLCK); }

void Leases::release(const std::string& key) {
  if (file_ >= 0) lock(key, F_UNLCK);
}

}  // namespace retort
