#pragma once
// Files changed as somebody would change them who knows the format: a value of a tree of JSON, a field of a header, a
// chunk left out or there twice, with lengths and checksums set right again. Random bytes seldom get past those.
#include <zlib.h>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/plugin_spec.h"
#include "core/sealed_text.h"

namespace retort {

/// Names that would lead somewhere, write to a terminal, or are none.
inline const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> all = {"..",
                                               "../../out",
                                               "/etc/passwd",
                                               "",
                                               "a/b",
                                               "a//b",
                                               "./x",
                                               "a\nb",
                                               "\x1b[2J",
                                               std::string("a\0b", 3),
                                               "-rf",
                                               std::string(300, 'n'),
                                               "~",
                                               "x/../../y",
                                               "CON",
                                               "\xe2\x80\xae"
                                               "gpj",
                                               "a\tb",
                                               std::string(64, 'a'),
                                               "$(id)",
                                               "%2e%2e"};
  return all;
}

class Structured {
 public:
  explicit Structured(std::mt19937& random) : random_(random) {}

  size_t below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  template <class T>
  const T& one_of(const std::vector<T>& from) {
    return from[below(from.size())];
  }

  /// A value that no reader hopes for.
  Json odd_value() {
    const std::vector<Json> values = {5u,
                                      -1,
                                      0,
                                      1.5,
                                      1e300,
                                      UINT64_MAX,
                                      INT64_MIN,
                                      true,
                                      nullptr,
                                      "",
                                      "x",
                                      "0",
                                      "../../x",
                                      Json::array(),
                                      Json::object(),
                                      {{"a", 1}},
                                      {1, 2, 3},
                                      std::string(64, 'a'),
                                      Json::array({Json::array({Json::array({1})})})};
    return below(4) == 0 ? Json(one_of(hostile_names())) : one_of(values);
  }

  /// One place of the tree changed: another value, gone, there under another name, put in, wrapped.
  Json changed(Json json) {
    std::vector<Json*> places;
    collect(json, places);
    Json& place = *places[below(places.size())];
    const bool filled = place.is_structured() && !place.empty();
    switch (below(filled ? 6 : 2)) {
      case 0:
        place = odd_value();
        break;
      case 1:
        if (place.is_number_integer())
          place = place.get<int64_t>() + (below(2) ? 1 : -1);
        else if (place.is_string() && below(2))
          place = place.get<std::string>() + one_of(hostile_names());
        else
          place = Json::array({place});
        break;
      case 2:
        place.erase(some(place));
        break;
      case 3:
        put(place, odd_value());
        break;
      case 4:
        put(place, *some(place));
        break;
      default: {
        const Json kept = *some(place);
        place.erase(some(place));
        put(place, kept);
      }
    }
    return json;
  }

  /// A number that a field of `bits` bits may be set to in a file of this size.
  uint64_t odd_number(uint64_t was, uint64_t size, unsigned bits) {
    const std::vector<uint64_t> all = {0,          1,        was + 1,  was - 1, was * 2,           was / 2,
                                       size,       size - 1, size + 1, was ^ 1, uint64_t{1} << 31, UINT32_MAX,
                                       UINT64_MAX, 0x7fff,   0xffff,   0x80,    random_()};
    const uint64_t chosen = one_of(all);
    return bits >= 64 ? chosen : chosen & ((uint64_t{1} << bits) - 1);
  }

  /// Chunks of a PNG, each with its checksum right.
  std::string png(const std::string& whole) {
    if (whole.size() < 20) return whole;
    std::vector<std::string> chunks;  // type and data
    for (size_t at = 8; at + 12 <= whole.size();) {
      const uint32_t length = big(whole, at);
      if (length > whole.size() - at - 12) break;
      chunks.push_back(whole.substr(at + 4, 4 + length));
      at += 12 + size_t{length};
    }
    shuffle_one(chunks);
    std::string& chunk = chunks[below(chunks.size())];
    const size_t data = chunk.size() - 4;
    switch (below(5)) {
      case 0:
        if (data >= 4) put_big(chunk, 4 + below(data - 3), odd_number(big(chunk, 4), whole.size(), 32));
        break;
      case 1:
        if (data > 0) chunk[4 + below(data)] = static_cast<char>(random_());
        break;
      case 2:
        chunk.resize(4 + below(data + 1));
        break;
      case 3:
        chunk.replace(0, 4,
                      one_of<std::string>({"PLTE", "tRNS", "IDAT", "iCCP", "zTXt", "gAMA", "IEND", "IHDR", "acTL"}));
        break;
      default:
        break;
    }
    std::string made = whole.substr(0, 8);
    for (const auto& one : chunks) {
      std::string number(4, '\0');
      put_big(number, 0, below(200) == 0 ? odd_number(one.size() - 4, whole.size(), 32) : one.size() - 4);
      made += number + one;
      put_big(number, 0, ::crc32(0, reinterpret_cast<const Bytef*>(one.data()), static_cast<uInt>(one.size())));
      made += number;
    }
    return made;
  }

  /// Segments of a JPEG before its scan.
  std::string jpeg(const std::string& whole) {
    std::vector<std::string> segments;  // marker and data
    size_t at = 2;
    while (at + 4 <= whole.size() && whole[at] == '\xff' && whole[at + 1] != '\xda') {
      const size_t length = byte(whole, at + 2) * 256 + byte(whole, at + 3);
      if (length < 2 || at + 2 + length > whole.size()) break;
      segments.push_back(whole.substr(at + 1, 1) + whole.substr(at + 4, length - 2));
      at += 2 + length;
    }
    std::string scan = whole.substr(at);
    if (segments.empty()) return whole;
    shuffle_one(segments);
    std::string& segment = segments[below(segments.size())];
    switch (below(6)) {
      case 0:
        segment[0] =
            static_cast<char>(one_of<int>({0xc0, 0xc1, 0xc2, 0xc4, 0xdb, 0xdd, 0xe0, 0xe1, 0xee, 0xfe, 0xc9, 0xcc}));
        break;
      case 1:
      case 2:
        if (segment.size() > 1) segment[1 + below(segment.size() - 1)] = static_cast<char>(odd_number(3, 255, 8));
        break;
      case 3:
        segment.resize(1 + below(segment.size()));
        break;
      case 4:
        scan = scan.substr(0, below(scan.size()));
        break;
      default:
        if (!scan.empty()) scan[below(scan.size())] = static_cast<char>(random_());
    }
    std::string made = whole.substr(0, 2);
    for (const auto& one : segments) {
      const size_t length = one.size() + 1;
      made += std::string("\xff") + one[0] + static_cast<char>(length >> 8) + static_cast<char>(length) + one.substr(1);
    }
    return made + scan;
  }

  /// Headers of a tar archive, each with its checksum right.
  std::string tar(std::string whole) {
    constexpr size_t kBlock = 512;
    std::vector<size_t> headers;
    for (size_t at = 0; at + kBlock <= whole.size() && whole[at] != 0;) {
      headers.push_back(at);
      const uint64_t size = std::strtoull(whole.substr(at + 124, 11).c_str(), nullptr, 8);
      at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
    }
    if (headers.empty()) return whole;
    const size_t header = one_of(headers);
    const auto text = [&](size_t from, size_t size, const std::string& value) {
      whole.replace(header + from, size, (value + std::string(size, '\0')).substr(0, size));
    };
    switch (below(7)) {
      case 0:
        text(0, 100, one_of(hostile_names()));
        break;
      case 1: {
        char octal[24];
        std::snprintf(octal, sizeof octal, "%011llo",
                      static_cast<unsigned long long>(odd_number(512, whole.size(), 33)));
        text(124, 12, octal);
        break;
      }
      case 2:  // the size in base 256
        text(124, 12, "\x80" + std::string(3, '\0') + std::string(1 + below(8), static_cast<char>(random_())));
        break;
      case 3:
        whole[header + 156] =
            one_of<char>({'0', '1', '2', '3', '4', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'D', '\0'});
        break;
      case 4:
        text(345, 155, one_of(hostile_names()));
        break;
      case 5:
        whole.erase(header, kBlock * (1 + below(3)));
        break;
      default:
        whole.insert(header, whole.substr(one_of(headers), kBlock));
    }
    if (header + kBlock > whole.size()) return whole;
    whole.replace(header + 148, 8, 8, ' ');
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) sum += byte(whole, header + i);
    char octal[16];
    std::snprintf(octal, sizeof octal, "%06o", sum & 0777777);
    whole.replace(header + 148, 7, octal, 7);
    return whole;
  }

  /// A zip archive: one field of a record's own header, of the directory's entry or of its end; sometimes of two.
  std::string zip(std::string whole) {
    struct Field {
      size_t at, size;
    };
    std::vector<Field> fields;
    const auto of = [&](size_t at, std::initializer_list<Field> all) {
      for (const auto& one : all)
        if (at + one.at + one.size <= whole.size()) fields.push_back({at + one.at, one.size});
    };
    for (size_t at = 0; at + 4 <= whole.size(); ++at) {
      if (whole.compare(at, 4, "PK\3\4") == 0)
        of(at, {{4, 2}, {6, 2}, {8, 2}, {14, 4}, {18, 4}, {22, 4}, {26, 2}, {28, 2}, {30, 1}});
      if (whole.compare(at, 4, "PK\1\2") == 0)
        of(at, {{8, 2}, {10, 2}, {16, 4}, {20, 4}, {24, 4}, {28, 2}, {30, 2}, {32, 2}, {42, 4}, {46, 1}});
      if (whole.compare(at, 4, "PK\5\6") == 0) of(at, {{4, 2}, {8, 2}, {10, 2}, {12, 4}, {16, 4}, {20, 2}});
      if (whole.compare(at, 4, "PK\6\6") == 0) of(at, {{4, 8}, {24, 8}, {32, 8}, {40, 8}, {48, 8}});
    }
    for (size_t n = 1 + below(3); n > 0 && !fields.empty(); --n) {
      const Field field = one_of(fields);
      uint64_t was = 0;
      std::memcpy(&was, whole.data() + field.at, field.size);
      const uint64_t now = odd_number(was, whole.size(), static_cast<unsigned>(8 * field.size));
      std::memcpy(whole.data() + field.at, &now, field.size);
    }
    return whole;
  }

  /// A pickle: an operation another one, a number another one.
  std::string pickle(std::string whole) {
    static const std::string operations =
        "(.0122FIJKLMNPQRSTUVX]abcdeghijlopqrstu}\x80\x81\x85\x86\x87\x88\x89\x8a\x8b\x93\x94";
    for (size_t n = 1 + below(4); n > 0 && !whole.empty(); --n) {
      const size_t at = below(whole.size());
      switch (below(4)) {
        case 0:
          whole[at] = operations[below(operations.size())];
          break;
        case 1:
          whole.insert(at, 1, operations[below(operations.size())]);
          break;
        case 2:
          whole.insert(at, whole.substr(below(whole.size()), below(40)));
          break;
        default:
          whole[at] = static_cast<char>(odd_number(byte(whole, at), 255, 8));
      }
    }
    return whole;
  }

  /// safetensors: the header's JSON, its length right before it.
  std::string tensors(const std::string& whole) {
    uint64_t length = 0;
    std::memcpy(&length, whole.data(), sizeof length);
    std::string header =
        changed(Json::parse(whole.substr(8, length))).dump(-1, ' ', false, Json::error_handler_t::replace);
    uint64_t now = header.size();
    if (below(20) == 0) now = odd_number(now, whole.size(), 64);
    std::string made(8, '\0');
    std::memcpy(made.data(), &now, sizeof now);
    return made + header + whole.substr(8 + length);
  }

 private:
  static unsigned byte(const std::string& text, size_t at) { return static_cast<unsigned char>(text[at]); }
  static uint32_t big(const std::string& text, size_t at) {
    return byte(text, at) << 24 | byte(text, at + 1) << 16 | byte(text, at + 2) << 8 | byte(text, at + 3);
  }
  static void put_big(std::string& text, size_t at, uint64_t value) {
    for (size_t i = 0; i < 4; ++i) text[at + i] = static_cast<char>(value >> (24 - 8 * i));
  }
  static void collect(Json& json, std::vector<Json*>& places) {
    places.push_back(&json);
    if (json.is_structured())
      for (auto& one : json) collect(one, places);
  }
  Json::iterator some(Json& structured) {
    return std::next(structured.begin(), static_cast<std::ptrdiff_t>(below(structured.size())));
  }
  void put(Json& structured, const Json& value) {
    if (structured.is_array())
      structured.push_back(value);
    else
      structured[below(2) ? one_of(hostile_names()) : "new"] = value;
  }
  /// Sometimes one of them is there twice, gone, or at another place.
  void shuffle_one(std::vector<std::string>& parts) {
    const auto place = [&] { return parts.begin() + static_cast<std::ptrdiff_t>(below(parts.size())); };
    const size_t what = below(8);
    if (what > 2) return;
    const std::string one = *place();
    if (what == 0 && parts.size() > 1) parts.erase(place());
    if (what > 0) parts.insert(place(), one);
  }

  std::mt19937& random_;
};

/// A sealed JSON text with one place of it changed and the seal right.
inline std::string resealed(const std::string& whole, Structured& structured) {
  const auto text = unsealed(whole);
  if (!text) return whole;
  const Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return whole;
  return sealed(structured.changed(json).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace retort
