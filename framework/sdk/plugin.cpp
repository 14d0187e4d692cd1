#include "sdk/plugin.h"

#include <openssl/sha.h>

#include "core/error.h"
#include "sdk/node.h"

namespace retort {

Plugin::~Plugin() = default;
std::vector<std::string> Plugin::broken_properties() { return {}; }

uint64_t stream_seed(uint64_t seed, const std::string& who, const std::string& purpose, uint64_t epoch, uint64_t step) {
  const std::string text =
      std::to_string(seed) + '\n' + who + '\n' + purpose + '\n' + std::to_string(epoch) + '\n' + std::to_string(step);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | digest[i];
  return value;
}

uint64_t Run::stream(const std::string& purpose, uint64_t epoch, uint64_t step) const {
  return stream_seed(seed(), stream_name(), purpose, epoch, step);
}

}  // namespace retort
