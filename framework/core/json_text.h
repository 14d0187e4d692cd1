#pragma once
// JSON as people write it: with comments, and with the place of every value and key, so that each mistake can be shown
// where it stands. The JSON library keeps neither, and of a key written twice it silently keeps the last; here it is an
// error. Values that came from elsewhere (`--set`, a sweep axis) carry that origin instead of a line.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.h"

namespace retort {

/// Where something was written: a byte of one source. Source 0 is nowhere.
struct Mark {
  uint32_t source = 0;
  uint32_t offset = 0;
};

/// The marks of a value and of all below it.
struct Marks {
  std::string name;           ///< of the member this is, inside an object
  Mark key, value;            ///< of its name, of itself
  std::vector<Marks> inside;  ///< of a list by index, of an object by name in order

  const Marks* find(std::string_view member) const;
  Marks* find(std::string_view member);
  /// Marks of what is inside; where nothing more precise is known (a value set as a whole), this value's own.
  const Marks& at(std::string_view member) const;
  const Marks& at(size_t index) const;
  /// The member's marks, made if there are none.
  Marks& make(const std::string& member);
};

/// The texts that marks point into.
class Texts {
 public:
  uint32_t add_text(std::string file, std::string text);
  uint32_t add_origin(std::string origin);
  const std::string& text(uint32_t source) const { return all_.at(source).text; }
  const std::string& file(uint32_t source) const { return all_.at(source).file.text(); }  ///< empty for an origin
  /// Columns count characters, not bytes.
  Place place(Mark mark) const;

 private:
  struct Source {
    uint32_t characters_before(size_t offset) const;
    void index() const;
    Interned file;
    std::string text;
    Interned origin;
    // Made on first use. Characters are counted by block so that a place costs the same on a line of megabytes.
    mutable std::vector<uint32_t> lines;       ///< offset of each line's start
    mutable std::vector<uint32_t> characters;  ///< before each block of the text
  };
  std::vector<Source> all_{Source{}};
};

struct MarkedJson {
  Json value;
  Marks marks;
};

/// Deeper nesting and longer texts are refused: no graph needs them, and a parser must not be the way to exhaust
/// memory.
inline constexpr size_t kDeepestJson = 100;
inline constexpr size_t kLongestJson = 256u << 20;

/// Parses the text of `source`. Comments are accepted. False, with diagnostics, for a syntax error, a text too deep or
/// too long; keys written twice are diagnostics as well, and the later value stands.
bool parse_json(const Texts& texts, uint32_t source, Diagnostics& diagnostics, MarkedJson& result);

/// JSON Merge Patch (RFC 7396) with marks: objects merge, null removes, anything else replaces.
void merge_patch(MarkedJson& target, MarkedJson patch);

}  // namespace retort
