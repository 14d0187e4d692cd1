#include "core/hex.h"

namespace retort {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

}  // namespace

std::string hex_of(const unsigned char* bytes, size_t count) {
  std::string text(2 * count, '0');
  for (size_t i = 0; i < count; ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return text;
}

bool is_hex(std::string_view text) { return text.find_first_not_of(kDigits) == std::string_view::npos; }

bool is_sha256(std::string_view text) { return text.size() == 64 && is_hex(text); }

}  // namespace retort
