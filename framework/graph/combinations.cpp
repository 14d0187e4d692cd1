#include "graph/combinations.h"

#include <algorithm>

namespace retort {

std::vector<Unit> Combinations::nested_units(const Unit& unit, size_t value) const {
  std::vector<Unit> units;
  for (const size_t axis : unit)
    for (const size_t nested : axes_[axis].values[value].nested) units.push_back({nested});
  return units;
}

size_t Combinations::size_of(const Unit& unit, bool grid) const {
  size_t size = 0;
  for (size_t value = 0; value < axes_[unit[0]].values.size(); ++value)
    size = std::min(size + size_of(nested_units(unit, value), grid), kMostCells + 1);
  return size;
}

size_t Combinations::size_of(const std::vector<Unit>& units, bool grid) const {
  size_t size = 1;
  for (const auto& unit : units)
    size = std::min(grid ? size * size_of(unit, grid) : size + size_of(unit, grid) - 1, kMostCells + 1);
  return size;
}

Cell Combinations::join(Cell one, const Cell& other) {
  for (size_t i = 0; i < one.size(); ++i)
    if (other[i] != kAbsent) one[i] = other[i];
  return one;
}

std::vector<Cell> Combinations::product(const std::vector<Cell>& one, const std::vector<Cell>& other) {
  std::vector<Cell> all;
  all.reserve(one.size() * other.size());
  for (const auto& left : one)
    for (const auto& right : other) all.push_back(join(left, right));
  return all;
}

std::vector<Cell> Combinations::choices_of(const Unit& unit, bool grid) const {
  std::vector<Cell> all;
  for (size_t value = 0; value < axes_[unit[0]].values.size(); ++value) {
    Cell cell = blank();
    for (const size_t axis : unit) cell[axis] = static_cast<uint32_t>(value);
    for (const auto& nested : cells_of(nested_units(unit, value), grid)) all.push_back(join(cell, nested));
  }
  return all;
}

Cell Combinations::base_of(const std::vector<Unit>& units) const {
  Cell cell = blank();
  for (const auto& unit : units) {
    const size_t value = axes_[unit[0]].baseline;
    for (const size_t axis : unit) cell[axis] = static_cast<uint32_t>(value);
    cell = join(cell, base_of(nested_units(unit, value)));
  }
  return cell;
}

std::vector<Cell> Combinations::cells_of(const std::vector<Unit>& units, bool grid) const {
  std::vector<Cell> all = {grid ? blank() : base_of(units)};
  for (const auto& unit : units) {
    if (grid) {
      all = product(all, choices_of(unit, grid));
      continue;
    }
    std::vector<Unit> others;
    for (const auto& other : units)
      if (other != unit) others.push_back(other);
    const Cell rest = base_of(others), own = base_of({unit});
    for (const auto& choice : choices_of(unit, grid))
      if (choice != own) all.push_back(join(rest, choice));
  }
  return all;
}

Cell Combinations::drawn(const std::vector<Unit>& units, std::mt19937_64& generator, size_t draw) const {
  Cell cell = blank();
  for (const auto& unit : units) {
    const Axis& first = axes_[unit[0]];
    const size_t value = (first.drawn ? draw : generator()) % first.values.size();
    for (const size_t axis : unit) cell[axis] = static_cast<uint32_t>(value);
    cell = join(cell, drawn(nested_units(unit, value), generator, draw));
  }
  return cell;
}

}  // namespace retort
