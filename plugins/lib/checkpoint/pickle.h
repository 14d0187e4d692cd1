#pragma once
// Reads the pickles that state dictionaries are saved as, and executes nothing of them. A call is understood only if it
// makes an ordered dictionary, a tensor, a parameter, a size or an element type; objects that training scripts save
// beside weights (argparse.Namespace, numpy scalars, configurations) become inert values without content; any other
// name in a file is refused.
#include <c10/core/ScalarType.h>

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace retort::checkpoint {

struct Value {
  enum class Kind { none, boolean, integer, real, text, list, dict, global, storage, tensor, inert };
  Kind kind = Kind::none;
  int64_t integer = 0;  ///< boolean, integer; of a storage its elements; of a tensor its offset into its storage
  double real = 0;
  std::string text;                                ///< text; of a storage its key; else a qualified name
  std::vector<Value*> items;                       ///< list (and tuple, set)
  std::vector<std::pair<Value*, Value*>> entries;  ///< dict, in file order
  c10::ScalarType type = c10::ScalarType::Float;   ///< storage
  const Value* storage = nullptr;                  ///< tensor
  std::vector<int64_t> sizes, strides;             ///< tensor, strides in elements

  bool is(Kind which) const { return kind == which; }
  const Value* find(const std::string& key) const;  ///< of a dict: the last entry of this name; none: nullptr
};

struct Pickle {
  std::deque<Value> values;  ///< owns what root reaches, which may be cyclic
  const Value* root = nullptr;
  std::map<std::string, Value*> storages;  ///< by key
  size_t end = 0;                          ///< first byte after it
};

/// Reads one pickle that begins at byte `begin`. Throws Error(data) that begins with `where` (the file), and names the
/// byte, for what is cut off, malformed, not of the few constructs above, or of more parts than a state dictionary can
/// need: memory and time are bounded by that, whatever refers to what.
Pickle read_pickle(std::string_view bytes, const std::string& where, size_t begin = 0);

}  // namespace retort::checkpoint
