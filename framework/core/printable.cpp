#include "core/printable.h"

#include <algorithm>
#include <cstdio>
#include <ostream>

#include "core/system_text.h"
#include "core/utf8.h"

namespace retort {
namespace {

bool is_plain(char c) { return (c >= ' ' && c < 0x7F) || c == '\n' || c == '\t'; }

bool is_control(uint32_t code) {
  return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7F && code < 0xA0);
}

/// Characters that turn the direction of writing round, or begin a line without saying so.
bool turns(uint32_t code) {
  return code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

void append(std::string& out, const char* form, unsigned value) {
  char escape[8];
  std::snprintf(escape, sizeof escape, form, value);
  out += escape;
}

constexpr const char* kCharacter = "\\u%04x";
constexpr const char* kByte = "\\x%02x";

std::string escaped(std::string_view text, bool json) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t at = 0; at < text.size();) {
    const Character one = character_at(text, at);
    const bool system_byte = one.code >= kFirstSystemByte && one.code <= kLastSystemByte;
    if (one.size == 0)
      append(out, kByte, static_cast<unsigned char>(text[at]));
    else if (system_byte && !json)
      append(out, kByte, one.code & 0xFF);
    else if (system_byte || is_control(one.code) || turns(one.code))
      append(out, kCharacter, one.code);
    else
      out.append(text.substr(at, one.size));
    at += std::max<size_t>(one.size, 1);
  }
  return out;
}

/// Hands on what it gets at once, a character at a time: one that comes in two writes is held until it is whole.
class PrintableBuffer final : public std::streambuf {
 public:
  explicit PrintableBuffer(std::streambuf* out) : out_(out) {}
  std::streambuf* out() const { return out_; }
  void expect_json() { json_ = true; }

 protected:
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    return put({bytes, static_cast<size_t>(count)}) ? count : 0;
  }
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char byte = traits_type::to_char_type(c);
    return put({&byte, 1}) ? c : traits_type::eof();
  }
  int sync() override {
    const bool ok = begun_.empty() || write(escaped(begun_, json_));
    begun_.clear();
    return out_->pubsync() == 0 && ok ? 0 : -1;
  }

 private:
  bool put(std::string_view bytes) {
    if (begun_.empty() && std::all_of(bytes.begin(), bytes.end(), is_plain)) return write(bytes);
    std::string text = begun_.append(bytes);
    begun_.clear();
    for (size_t at = text.size() - std::min<size_t>(text.size(), 3); at < text.size(); ++at)
      if (is_begun_character(text, at)) {
        begun_ = text.substr(at);
        text.resize(at);
      }
    return write(escaped(text, json_));
  }
  bool write(std::string_view bytes) {
    const auto size = static_cast<std::streamsize>(bytes.size());
    return out_->sputn(bytes.data(), size) == size;
  }

  std::streambuf* out_;
  std::string begun_;  ///< bytes of a character that is not whole yet
  bool json_ = false;
};

PrintableBuffer* filter_of(std::ostream& stream) { return dynamic_cast<PrintableBuffer*>(stream.rdbuf()); }

}  // namespace

std::string printable(std::string_view text) { return escaped(text, /*json=*/false); }

void make_printable(std::ostream& stream) {
  if (!filter_of(stream)) stream.rdbuf(new PrintableBuffer(stream.rdbuf()));  // the streams outlive main
}

void expect_json(std::ostream& stream) {
  if (PrintableBuffer* filter = filter_of(stream)) filter->expect_json();
}

std::streambuf* raw_buffer(std::ostream& stream) {
  const PrintableBuffer* filter = filter_of(stream);
  return filter ? filter->out() : stream.rdbuf();
}

}  // namespace retort
