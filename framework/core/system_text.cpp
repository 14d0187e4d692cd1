#include "core/system_text.h"

#include <algorithm>

#include "core/utf8.h"

namespace retort {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool stands_for_a_byte(uint32_t code) { return code >= kFirstSystemByte && code <= kLastSystemByte; }

void append_byte(std::string& text, char byte) {
  const auto value = static_cast<unsigned char>(byte);
  text += '\xEE';
  text += value < 0xC0 ? '\xBE' : '\xBF';
  text += static_cast<char>(0x80 | (value & 0x3F));
}

std::string valid(const std::string& text) { return is_utf8(text) ? text : text_of(text); }

}  // namespace

std::string text_of(std::string_view bytes) {
  if (is_ascii(bytes)) return std::string(bytes);
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    const Character one = character_at(bytes, at);
    if (one.size == 0 || stands_for_a_byte(one.code)) {
      append_byte(text, bytes[at++]);
      if (one.size == 0) continue;
      for (size_t i = 1; i < one.size; ++i) append_byte(text, bytes[at++]);
    } else {
      text.append(bytes.substr(at, one.size));
      at += one.size;
    }
  }
  return text;
}

std::string bytes_of(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    const Character one = character_at(text, at);
    if (one.size > 0 && stands_for_a_byte(one.code))
      bytes += static_cast<char>(one.code & 0xFF);
    else
      bytes.append(text.substr(at, std::max<size_t>(one.size, 1)));
    at += std::max<size_t>(one.size, 1);
  }
  return bytes;
}

Json with_text(const Json& json) {
  if (json.is_string()) return valid(json.get_ref<const std::string&>());
  if (!json.is_structured()) return json;
  Json result = json.is_array() ? Json::array() : Json::object();
  if (json.is_array())
    for (const auto& one : json) result.push_back(with_text(one));
  else
    for (const auto& [name, value] : json.items()) result[valid(name)] = with_text(value);
  return result;
}

std::string dump_text(const Json& json, int indent) {
  try {
    return json.dump(indent);
  } catch (const Json::type_error&) {  // what the library throws for a string that is no UTF-8
    return with_text(json).dump(indent);
  }
}

}  // namespace retort
