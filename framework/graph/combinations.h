#pragma once
// Values of axes combined into cells. A cell of some axes has the others absent; joining two takes what is there.
#include <random>
#include <vector>

#include "graph/sweep.h"

namespace retort {

using Unit = std::vector<size_t>;  ///< axes that go together: one, or those of a "zip"

class Combinations {
 public:
  explicit Combinations(const std::vector<Axis>& axes) : axes_(axes) {}  ///< `axes` must outlive this

  Cell blank() const { return Cell(axes_.size(), kAbsent); }
  /// The baseline of some axes, and of those nested in its values.
  Cell base_of(const std::vector<Unit>& units) const;
  /// How many cells `cells_of` would give, at most kMostCells + 1.
  size_t size_of(const std::vector<Unit>& units, bool grid) const;
  /// Every combination (`grid`), or the baseline and every cell that differs from it in one unit.
  std::vector<Cell> cells_of(const std::vector<Unit>& units, bool grid) const;
  /// One cell of the grid, drawn. A drawn axis has its own value for the draw of each number.
  Cell drawn(const std::vector<Unit>& units, std::mt19937_64& generator, size_t draw) const;

  static std::vector<Cell> product(const std::vector<Cell>& one, const std::vector<Cell>& other);

 private:
  std::vector<Unit> nested_units(const Unit& unit, size_t value) const;
  size_t size_of(const Unit& unit, bool grid) const;
  std::vector<Cell> choices_of(const Unit& unit, bool grid) const;
  static Cell join(Cell one, const Cell& other);

  const std::vector<Axis>& axes_;
};

}  // namespace retort
