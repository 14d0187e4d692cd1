#include "core/utf8.h"

#include <algorithm>

namespace retort {
namespace {

struct Form {
  size_t size = 0;
  uint32_t bits = 0;                      ///< of the code in the first byte
  unsigned char low = 0x80, high = 0xBF;  ///< what the second byte may be
};

Form form_of(unsigned char first) {
  if (first < 0x80) return {1, first, 0, 0};
  if (first >= 0xC2 && first <= 0xDF) return {2, first & 0x1Fu};
  if (first == 0xE0) return {3, 0, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0xD, 0x80, 0x9F};
  if (first >= 0xE1 && first <= 0xEF) return {3, first & 0xFu};
  if (first == 0xF0) return {4, 0, 0x90, 0xBF};
  if (first >= 0xF1 && first <= 0xF3) return {4, first & 0x7u};
  if (first == 0xF4) return {4, 4, 0x80, 0x8F};
  return {};
}

/// How many of the bytes from `at` on fit the form, its first counted.
size_t fitting(std::string_view bytes, size_t at, const Form& form) {
  size_t count = 1;
  for (; count < form.size && at + count < bytes.size(); ++count) {
    const auto byte = static_cast<unsigned char>(bytes[at + count]);
    if (byte < (count == 1 ? form.low : 0x80) || byte > (count == 1 ? form.high : 0xBF)) break;
  }
  return count;
}

}  // namespace

Character character_at(std::string_view bytes, size_t at) {
  const Form form = form_of(static_cast<unsigned char>(bytes[at]));
  if (form.size == 0 || fitting(bytes, at, form) < form.size) return {};
  uint32_t code = form.bits;
  for (size_t i = 1; i < form.size; ++i) code = code << 6 | (static_cast<unsigned char>(bytes[at + i]) & 0x3Fu);
  return {form.size, code};
}

bool is_utf8(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = character_at(bytes, at).size;
    if (size == 0) return false;
    at += size;
  }
  return true;
}

bool is_begun_character(std::string_view bytes, size_t at) {
  const Form form = form_of(static_cast<unsigned char>(bytes[at]));
  return form.size > 1 && bytes.size() - at < form.size && fitting(bytes, at, form) == bytes.size() - at;
}

}  // namespace retort
