#pragma once
// Bytes as lower-case hexadecimal digits.
#include <cstddef>
#include <string>
#include <string_view>

namespace retort {

/// Two digits a byte.
std::string hex_of(const unsigned char* bytes, size_t count);

/// Whether there are no others than such digits.
bool is_hex(std::string_view text);

/// Whether it has the form of a SHA-256.
bool is_sha256(std::string_view text);

}  // namespace retort
