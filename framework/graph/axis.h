#pragma once
// One axis of a sweep as it is written: its values, what each of them changes, and the axes that exist only beside one
// of them. Its forms:
//
//   {"path": "images.lr", "values": [0.1, 0.4]}                 or "paths": all set to the same value
//   {"path": "images.lr", "log": [0.001, 0.1], "n": 3}          or "linear"; without "n" drawn in mode random
//   {"path": "images.losses[1]", "choose": {"dm": {}, "mmd": {"kernel": ["rbf", "imq"]}}}
//   {"without": "images.losses"}                                 all, then without each element of a list
//   {"plain": {}, "gentle": {"images.lr": 0.03, "axes": {…}}}   value name → path → value, and axes nested in it
#include "graph/let.h"
#include "graph/sweep.h"

namespace retort {

class AxisReader {
 public:
  /// `draws`: how many values a range without "n" has; 0: it must have one.
  AxisReader(Reading& reading, const Json& nodes, const Lets& lets, Sweep& sweep, size_t draws, uint64_t seed)
      : reading_(reading), nodes_(nodes), lets_(lets), sweep_(sweep), draws_(draws), seed_(seed) {}

  /// Appends the axis, and those nested in it behind it. Its index; nothing, with errors, if it cannot be used.
  std::optional<size_t> read(const std::string& name, const MarkedJson& text, bool nested);
  /// One more value of an axis with paths, for a cell that is written out. False, with errors, if it cannot be used.
  bool add_value(Axis& axis, const Json& value, Mark mark);

 private:
  void read_paths(Axis& axis, const MarkedJson& text);
  void read_values(Axis& axis, const MarkedJson& text);
  void read_range(Axis& axis, const MarkedJson& text, bool log);
  void read_without(Axis& axis, const MarkedJson& text);
  void read_choices(Axis& axis, const MarkedJson& text);
  void read_choice(Axis& axis, const std::string& name, const MarkedJson& text);
  void read_named(Axis& axis, const MarkedJson& text);
  void read_nested(AxisValue& value, const MarkedJson& axes);
  void nest(AxisValue& value, const std::string& name, const MarkedJson& text);
  void add_change(AxisValue& value, const std::string& path, Mark path_mark, const Json& to, Mark mark);
  void refuse_twice(const Axis& axis, const std::string& name, bool equal, Mark mark);
  std::vector<double> range_values(const Axis& axis, const MarkedJson& text, bool log);
  bool is_integer(const Axis& axis) const;

  Reading& reading_;
  const Json& nodes_;
  const Lets& lets_;
  Sweep& sweep_;
  size_t draws_;
  uint64_t seed_;
};

/// Names of an object's members in the order they were written.
std::vector<std::string> written_order(const Json& object, const Marks& marks);
/// A member with its marks; null, with the object's own, if there is none.
MarkedJson member_of(const MarkedJson& object, const std::string& name);
bool expect_object(Reading& reading, const MarkedJson& json, const std::string& what);

}  // namespace retort
