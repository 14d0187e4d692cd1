#include "graph/sweep.h"

#include <algorithm>

#include "graph/cells.h"
#include "graph/keys.h"

namespace retort {
namespace {

/// No axis: one cell.
Sweep without_cells() {
  Sweep none;
  none.cells = {Cell()};
  return none;
}

class SweepReader {
 public:
  SweepReader(Reading& reading, const Json& nodes, const Lets& lets) : reading_(reading), nodes_(nodes), lets_(lets) {}

  Sweep read(const MarkedJson& sweep) {
    if (!expect_object(reading_, sweep, "\"sweep\"")) return without_cells();
    refuse_unknown(reading_, sweep, kSweepKeys, "sweep");
    const SweepRules rules = read_rules(reading_, sweep);
    AxisReader reader(reading_, nodes_, lets_, sweep_, rules.count, rules.seed);
    const size_t errors = reading_.diagnostics.errors();
    const MarkedJson axes = member_of(sweep, "axes"), replicate = member_of(sweep, "replicate");
    if (!axes.value.is_null() && expect_object(reading_, axes, "\"axes\""))
      for (const auto& name : written_order(axes.value, axes.marks)) reader.read(name, member_of(axes, name), false);
    check_names();
    if (!replicate.value.is_null() && expect_object(reading_, replicate, "\"replicate\"")) read_replicate(replicate);
    if (sweep_.axes.size() > kMostAxes) return too_large(sweep.marks.value);
    // An axis that is wrong is left out: what names it would only be blamed for that.
    if (reading_.diagnostics.errors() == errors || !names_axes(sweep.value))
      make_cells(reading_, sweep, rules, reader, sweep_);
    sweep_.baseline.resize(sweep_.axes.size(), kAbsent);
    if (sweep_.cells.empty()) sweep_.cells = {Cell(sweep_.axes.size(), kAbsent)};
    for (auto& cell : sweep_.cells) cell.resize(sweep_.axes.size(), kAbsent);
    return std::move(sweep_);
  }

 private:
  static bool names_axes(const Json& sweep) {
    for (const char* name : {"baseline", "grid", "zip", "exclude", "include"})
      if (sweep.contains(name)) return true;
    return false;
  }

  /// Axes of one name must never meet in a cell: they stand under different values of the same axis.
  void check_names() {
    for (size_t i = 0; i < sweep_.axes.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (sweep_.axes[i].name == sweep_.axes[j].name && !exclude_each_other(i, j))
          reading_.error(sweep_.axes[i].mark, "axis " + in_quotes(sweep_.axes[i].name) + " is there twice in one cell");
  }

  /// The values an axis is nested in, innermost first: (axis, value).
  std::vector<std::pair<size_t, size_t>> path_of(size_t axis) const {
    std::vector<std::pair<size_t, size_t>> path;
    for (size_t outer = axis; outer-- > 0;)
      for (size_t value = 0; value < sweep_.axes[outer].values.size(); ++value) {
        const auto& nested = sweep_.axes[outer].values[value].nested;
        if (std::find(nested.begin(), nested.end(), axis) == nested.end()) continue;
        path.emplace_back(outer, value);
        axis = outer;
        break;
      }
    return path;
  }

  bool exclude_each_other(size_t one, size_t other) const {
    for (const auto& [axis, value] : path_of(one))
      for (const auto& [other_axis, other_value] : path_of(other))
        if (axis == other_axis && value != other_value) return true;
    return false;
  }

  void read_replicate(const MarkedJson& text) {
    refuse_unknown(reading_, text, {"seed", "nodes"}, "\"replicate\"");
    const MarkedJson seeds = member_of(text, "seed"), nodes = member_of(text, "nodes");
    if (!seeds.value.is_array() || seeds.value.empty()) {
      reading_.error(seeds.marks.value, "\"replicate\" needs a list of seeds", "write {\"seed\": [0, 1, 2]}");
      return;
    }
    for (size_t i = 0; i < seeds.value.size(); ++i) {
      const Json& seed = seeds.value[i];
      const auto known = [&](uint64_t one) { return std::count(sweep_.seeds.begin(), sweep_.seeds.end(), one) > 0; };
      if (!seed.is_number_unsigned())
        reading_.error(seeds.marks.at(i).value, "a seed is an integer of at least 0, got " + shown(seed));
      else if (known(seed.get<uint64_t>()))
        reading_.error(seeds.marks.at(i).value, "seed " + seed.dump() + " is written twice");
      else
        sweep_.seeds.push_back(seed.get<uint64_t>());
    }
    for (const auto& axis : sweep_.axes)
      if (axis.name == "seed") reading_.error(text.marks.key, "there is an axis \"seed\" already");
    if (sweep_.seeds.empty()) return;
    sweep_.replicate = "seed";
    sweep_.replicate_mark = text.marks.key;
    sweep_.all_nodes = nodes.value.is_null();
    if (!sweep_.all_nodes) read_replicated_nodes(nodes);
  }

  void read_replicated_nodes(const MarkedJson& nodes) {
    if (!nodes.value.is_array()) {
      reading_.error(nodes.marks.value, "\"nodes\" expects a list of node names, got " + shown(nodes.value));
      return;
    }
    std::vector<std::string> names;
    for (const auto& [name, value] : nodes_.items()) names.push_back(name);
    for (size_t i = 0; i < nodes.value.size(); ++i) {
      const std::string name = nodes.value[i].is_string() ? nodes.value[i].get<std::string>() : nodes.value[i].dump();
      if (nodes_.contains(name))
        sweep_.nodes.push_back(name);
      else
        reading_.error(nodes.marks.at(i).value, "there is no node " + in_quotes(name),
                       name_hint(name, choices(names), "nodes"));
    }
  }

  Sweep too_large(Mark mark) {
    reading_.error(mark, "the sweep has more than " + std::to_string(kMostCells) + " cells or " +
                             std::to_string(kMostAxes) + " axes");
    return without_cells();
  }

  Reading& reading_;
  const Json& nodes_;
  const Lets& lets_;
  Sweep sweep_;
};

}  // namespace

Sweep read_sweep(Reading& reading, const MarkedJson& document, const Json& nodes, const Lets& lets) {
  const auto found = document.value.find("sweep");
  if (found != document.value.end() && nodes.is_object())
    return SweepReader(reading, nodes, lets).read({*found, document.marks.at("sweep")});
  return without_cells();
}

std::string cell_name(const Sweep& sweep, const Cell& cell) {
  std::string name;
  for (size_t axis = 0; axis < cell.size(); ++axis)
    if (cell[axis] != kAbsent)
      name += (name.empty() ? "" : ",") + sweep.axes[axis].name + "=" + sweep.axes[axis].values[cell[axis]].name;
  return name;
}

}  // namespace retort
