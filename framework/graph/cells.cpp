#include "graph/cells.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>

#include "graph/combinations.h"
#include "graph/value_name.h"

namespace retort {
namespace {

using Mode = SweepRules::Mode;

constexpr size_t kMostDraws = 100;  // for each cell, until one is new

using CellSet = std::unordered_set<Cell, CellHash>;

class CellMaker {
 public:
  CellMaker(Reading& reading, const MarkedJson& text, const SweepRules& rules, AxisReader& axes, Sweep& sweep)
      : reading_(reading), text_(text), rules_(rules), axes_(axes), sweep_(sweep), combine_(sweep.axes) {}

  void run() {
    const size_t errors = reading_.diagnostics.errors();
    read_baseline();
    make_units();
    read_grid();
    sweep_.baseline = combine_.base_of(units_);
    if (reading_.diagnostics.errors() == errors) combine();
    read_exclude();
    read_include();
    const bool asked = rules_.mode != Mode::random || rules_.count > 0;
    if (asked && sweep_.cells.empty() && !sweep_.axes.empty() && reading_.diagnostics.errors() == errors)
      reading_.error(text_.marks.value, "the sweep has no cell left");
  }

 private:
  MarkedJson member(const char* name) const { return member_of(text_, name); }

  bool expect_list(const MarkedJson& json, const std::string& what) {
    if (json.value.is_array()) return true;
    reading_.error(json.marks.value, what + " expects a list, got " + shown(json.value));
    return false;
  }

  /// Indices of the axes of this name; none, with an error, if there is none.
  std::vector<size_t> axes_named(const std::string& name, Mark mark) {
    std::vector<size_t> found;
    std::vector<std::string> names;
    for (size_t i = 0; i < sweep_.axes.size(); ++i) {
      if (sweep_.axes[i].name == name) found.push_back(i);
      names.push_back(sweep_.axes[i].name);
    }
    if (found.empty())
      reading_.error(mark, "there is no axis " + in_quotes(name), name_hint(name, choices(names), "axes"));
    return found;
  }

  /// An axis that stands in no other, by a name written in the JSON.
  std::optional<size_t> outer_axis(const Json& name, Mark mark, const std::string& where) {
    if (!name.is_string()) {
      reading_.error(mark, where + " expects names of axes, got " + shown(name));
      return std::nullopt;
    }
    const auto found = axes_named(name, mark);
    if (found.empty()) return std::nullopt;
    if (!sweep_.axes[found[0]].nested) return found[0];
    reading_.error(mark, where + ": axis " + name.dump() + " exists only inside another");
    return std::nullopt;
  }

  void wrong_value(const std::string& axis, const std::string& value, Mark mark, const std::vector<size_t>& found) {
    std::vector<std::string> names;
    for (const size_t one : found)
      for (const auto& each : sweep_.axes[one].values) names.push_back(each.name);
    reading_.error(mark, "axis " + in_quotes(axis) + " has no value " + in_quotes(value),
                   name_hint(value, choices(names), "values"));
  }

  void read_baseline() {
    const MarkedJson baseline = member("baseline");
    sweep_.has_baseline = rules_.mode == Mode::one_at_a_time || rules_.mode == Mode::leave_one_out;
    if (!text_.value.contains("baseline")) return;
    if (rules_.mode == Mode::leave_one_out)
      return reading_.error(baseline.marks.key, "\"baseline\" does not go with mode \"leave_one_out\"",
                            "there it is the first value of each axis");
    if (!expect_object(reading_, baseline, "\"baseline\"")) return;
    sweep_.has_baseline = true;
    for (const auto& [name, value] : baseline.value.items()) {
      const Marks& marks = baseline.marks.at(name);
      const auto found = axes_named(name, marks.key);
      bool known = found.empty();
      for (const size_t one : found)
        if (const auto index = sweep_.axes[one].find(value)) known = true, sweep_.axes[one].baseline = *index;
      if (!known) wrong_value(name, value_name(value), marks.value, found);
    }
  }

  void make_units() {
    std::vector<bool> zipped(sweep_.axes.size(), false);
    const MarkedJson zip = member("zip");
    if (!zip.value.is_null() && expect_list(zip, "\"zip\""))
      for (size_t i = 0; i < zip.value.size(); ++i) read_zip({zip.value[i], zip.marks.at(i)}, zipped);
    for (size_t i = 0; i < sweep_.axes.size(); ++i)
      if (!sweep_.axes[i].nested && !zipped[i]) units_.push_back({i});
    std::sort(units_.begin(), units_.end());
  }

  void read_zip(const MarkedJson& names, std::vector<bool>& zipped) {
    if (!names.value.is_array() || names.value.size() < 2)
      return reading_.error(names.marks.value, "\"zip\" expects lists of axes that go together",
                            "write \"zip\": [[\"per_class\", \"steps\"]]");
    Unit unit;
    for (size_t i = 0; i < names.value.size(); ++i) {
      const Mark mark = names.marks.at(i).value;
      const auto axis = outer_axis(names.value[i], mark, "\"zip\"");
      if (!axis) return;
      if (zipped[*axis])
        return reading_.error(mark, "\"zip\" names axis " + in_quotes(sweep_.axes[*axis].name) + " twice");
      zipped[*axis] = true;
      unit.push_back(*axis);
    }
    check_zip(unit, names.marks.value);
    units_.push_back(std::move(unit));
  }

  void check_zip(const Unit& unit, Mark mark) {
    const Axis& first = sweep_.axes[unit[0]];
    for (const size_t one : unit) {
      const Axis& axis = sweep_.axes[one];
      if (axis.values.size() != first.values.size())
        reading_.error(mark, "\"zip\": axis " + in_quotes(first.name) + " has " + std::to_string(first.values.size()) +
                                 " values, axis " + in_quotes(axis.name) + " has " +
                                 std::to_string(axis.values.size()));
      else if (axis.baseline != first.baseline)
        reading_.error(mark, "\"zip\": the baselines of " + in_quotes(first.name) + " and " + in_quotes(axis.name) +
                                 " are different places of their lists");
    }
  }

  void read_grid() {
    const MarkedJson grid = member("grid");
    if (!text_.value.contains("grid")) return;
    if (rules_.mode != Mode::one_at_a_time && rules_.mode != Mode::leave_one_out)
      return reading_.error(grid.marks.key, "\"grid\" goes with mode \"one_at_a_time\" or \"leave_one_out\" only",
                            "it names the axes that are crossed with the changes of the others");
    if (!expect_list(grid, "\"grid\"")) return;
    for (size_t i = 0; i < grid.value.size(); ++i)
      if (const auto axis = outer_axis(grid.value[i], grid.marks.at(i).value, "\"grid\"")) crossed_.push_back(*axis);
  }

  void combine() {
    if (rules_.mode == Mode::list) return;
    std::vector<Unit> crossed, changed;
    const bool grid = rules_.mode == Mode::grid || rules_.mode == Mode::random;
    for (const auto& unit : units_) {
      const bool in_grid = std::any_of(unit.begin(), unit.end(), [&](size_t axis) {
        return std::find(crossed_.begin(), crossed_.end(), axis) != crossed_.end();
      });
      (grid || in_grid ? crossed : changed).push_back(unit);
    }
    const size_t seeds = std::max<size_t>(1, sweep_.seeds.size());
    const size_t size = std::min(combine_.size_of(crossed, true) * combine_.size_of(changed, false), kMostCells + 1);
    if (rules_.mode == Mode::random) return draw(crossed, size);
    if (size * seeds > kMostCells) return too_large();
    sweep_.cells = Combinations::product(combine_.cells_of(crossed, true), combine_.cells_of(changed, false));
  }

  void too_large() {
    reading_.error(text_.marks.value, "the sweep has more than " + std::to_string(kMostCells) + " cells or " +
                                          std::to_string(kMostAxes) + " axes");
  }

  // Mode random: of a small grid a shuffle, of a large one draws until they differ.

  void draw(const std::vector<Unit>& units, size_t size) {
    if (rules_.count * std::max<size_t>(1, sweep_.seeds.size()) > kMostCells) return too_large();
    if (rules_.count > size)
      return reading_.error(text_.marks.at("count").value, "the grid has " + std::to_string(size) + " cells, " +
                                                               std::to_string(rules_.count) + " are asked for");
    std::mt19937_64 generator(rules_.seed);
    const bool continuous =
        std::any_of(sweep_.axes.begin(), sweep_.axes.end(), [](const Axis& axis) { return axis.drawn; });
    if (size <= kMostCells && !continuous) {
      std::vector<Cell> all = combine_.cells_of(units, true);
      for (size_t i = 0; i < rules_.count; ++i) std::swap(all[i], all[i + generator() % (all.size() - i)]);
      all.resize(rules_.count);
      sweep_.cells = std::move(all);
      return;
    }
    CellSet known;
    for (size_t i = 0; sweep_.cells.size() < rules_.count && i < kMostDraws * rules_.count; ++i) {
      Cell cell = combine_.drawn(units, generator, i);
      if (known.insert(cell).second) sweep_.cells.push_back(std::move(cell));
    }
  }

  // "exclude" and "include".

  /// Of each axis entry, the values that a condition allows; an axis it does not name allows all.
  struct Condition {
    std::vector<std::map<size_t, std::set<size_t>>> parts;  ///< axes of one name → indices of their values
  };

  std::optional<Condition> condition(const MarkedJson& text, const std::string& what) {
    if (!expect_object(reading_, text, what)) return std::nullopt;
    Condition result;
    bool ok = true;
    for (const auto& [name, value] : text.value.items()) {
      const Marks& marks = text.marks.at(name);
      const auto found = axes_named(name, marks.key);
      auto& part = result.parts.emplace_back();
      if (found.empty()) ok = false;
      if (found.empty() || allow(found, value, part) || !value.is_array()) {
        if (!found.empty() && part.empty()) wrong_value(name, value_name(value), marks.value, found), ok = false;
        continue;
      }
      for (size_t i = 0; i < value.size(); ++i)  // a list of values, where none of them is this list
        if (!allow(found, value[i], part)) {
          wrong_value(name, value_name(value[i]), marks.at(i).value, found);
          ok = false;
        }
    }
    return ok ? std::optional(result) : std::nullopt;
  }

  /// False if none of the axes has the value.
  bool allow(const std::vector<size_t>& axes, const Json& value, std::map<size_t, std::set<size_t>>& part) const {
    bool known = false;
    for (const size_t axis : axes)
      if (const auto index = sweep_.axes[axis].find(value)) part[axis].insert(*index), known = true;
    return known;
  }

  bool holds(const Condition& condition, const Cell& cell) const {
    return std::all_of(condition.parts.begin(), condition.parts.end(), [&](const auto& part) {
      return std::any_of(part.begin(), part.end(),
                         [&](const auto& one) { return one.second.count(cell[one.first]) > 0; });
    });
  }

  void read_exclude() {
    const MarkedJson exclude = member("exclude");
    if (!text_.value.contains("exclude") || !expect_list(exclude, "\"exclude\"")) return;
    for (size_t i = 0; i < exclude.value.size(); ++i) {
      const MarkedJson text{exclude.value[i], exclude.marks.at(i)};
      const auto one = condition(text, "a cell of \"exclude\"");
      if (!one) continue;
      const size_t removed = std::erase_if(sweep_.cells, [&](const Cell& cell) { return holds(*one, cell); });
      if (removed == 0 && !reading_.diagnostics.has_errors())
        reading_.error(text.marks.value, "no cell is like that: it excludes nothing");
    }
  }

  void read_include() {
    const MarkedJson include = member("include");
    if (!text_.value.contains("include")) {
      if (rules_.mode == Mode::list)
        reading_.error(text_.marks.at("mode").value, "mode \"list\" needs \"include\": the cells",
                       "write \"include\": [{\"axis\": value}]");
      return;
    }
    if (!expect_list(include, "\"include\"")) return;
    CellSet known(sweep_.cells.begin(), sweep_.cells.end());
    for (size_t i = 0; i < include.value.size(); ++i) {
      const MarkedJson text{include.value[i], include.marks.at(i)};
      const auto cell = written_cell(text);
      if (!cell) continue;
      if (known.insert(*cell).second)
        sweep_.cells.push_back(*cell);
      else
        reading_.error(text.marks.value, "this cell is there already: " + cell_name(sweep_, *cell));
    }
    if (sweep_.cells.size() * std::max<size_t>(1, sweep_.seeds.size()) > kMostCells) too_large();
  }

  /// The cell with the values written, and the baseline's on the axes that are not.
  std::optional<Cell> written_cell(const MarkedJson& text) {
    if (!expect_object(reading_, text, "a cell of \"include\"")) return std::nullopt;
    std::map<size_t, size_t> chosen;
    bool ok = true;
    for (const auto& [name, value] : text.value.items()) {
      const Marks& marks = text.marks.at(name);
      const auto found = axes_named(name, marks.key);
      ok = choose(found, name, value, marks.value, chosen) && ok;
    }
    if (!ok) return std::nullopt;
    Cell cell = combine_.blank();
    for (const auto& unit : units_) place(unit, chosen, cell);
    for (const auto& [axis, value] : chosen) {
      if (cell[axis] == value || named_elsewhere(cell, chosen, axis)) continue;
      reading_.error(
          text.marks.at(sweep_.axes[axis].name).key,
          "axis " + in_quotes(sweep_.axes[axis].name) + " does not exist in cell " + cell_name(sweep_, cell));
      return std::nullopt;
    }
    return cell;
  }

  /// Whether the cell has another axis of the same name: several may, under different values of a third.
  bool named_elsewhere(const Cell& cell, const std::map<size_t, size_t>& chosen, size_t axis) const {
    return std::any_of(chosen.begin(), chosen.end(), [&](const auto& other) {
      return other.first != axis && sweep_.axes[other.first].name == sweep_.axes[axis].name &&
             cell[other.first] == other.second;
    });
  }

  bool choose(const std::vector<size_t>& found, const std::string& name, const Json& value, Mark mark,
              std::map<size_t, size_t>& chosen) {
    bool known = false;
    for (const size_t one : found)
      if (const auto index = sweep_.axes[one].find(value)) chosen[one] = *index, known = true;
    if (known || found.empty()) return known;
    Axis& axis = sweep_.axes[found[0]];
    if (axis.paths.empty() || found.size() > 1) {
      wrong_value(name, value_name(value), mark, found);
      return false;
    }
    if (!axes_.add_value(axis, value, mark)) return false;
    chosen[found[0]] = axis.values.size() - 1;
    return true;
  }

  void place(const Unit& unit, const std::map<size_t, size_t>& chosen, Cell& cell) const {
    for (const size_t axis : unit) {
      const auto found = chosen.find(axis);
      const size_t value = found == chosen.end() ? sweep_.axes[axis].baseline : found->second;
      cell[axis] = static_cast<uint32_t>(value);
      for (const size_t nested : sweep_.axes[axis].values[value].nested) place({nested}, chosen, cell);
    }
  }

  Reading& reading_;
  const MarkedJson& text_;
  const SweepRules& rules_;
  AxisReader& axes_;
  Sweep& sweep_;
  const Combinations combine_;
  std::vector<Unit> units_;      ///< of the axes that stand in no other
  std::vector<size_t> crossed_;  ///< named in "grid"
};

}  // namespace

void make_cells(Reading& reading, const MarkedJson& text, const SweepRules& rules, AxisReader& axes, Sweep& sweep) {
  CellMaker(reading, text, rules, axes, sweep).run();
}

}  // namespace retort
