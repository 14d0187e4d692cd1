#pragma once
// Differences between cells, and which cell of a column may be called the best.
//
// Two cells are compared on the replicates that both have, pair by pair (equal seeds), which takes out what the seed
// does to both alike. Where both keep predictions of the same images, they are compared on each of them too. A cell is
// the best of its column only if it beats every other one there with an interval that excludes zero, in both comparisons where there
// are both. Each interval has the table's confidence: the claim "better than all others" needs all of them at once, so
// it is no weaker than its weakest part.
#include "tables/table.h"

namespace retort {

/// Values of `cell` minus those of `to`, over equal replicates.
Summary paired_difference(const TableCell& cell, const TableCell& to, double confidence);

class Comparison {
 public:
  Comparison(const TableSource& source, const TableSpec& spec, Table& table)
      : source_(source), spec_(spec), table_(table) {}

  /// Fills both differences of a cell.
  void compare(TableCell& cell, const TableCell& baseline);
  /// Marks the best cell of each column, if the table says which end is good.
  void mark_best();

 private:
  struct Shares {
    std::vector<double> right;  ///< of each image: in which part of the replicates it was right
    std::string images;         ///< digest of the data set they are of; "" if nobody said
  };

  std::optional<Summary> over_images(const TableCell& cell, const TableCell& to);
  const std::optional<Shares>& shares_of(const TableCell& cell);
  std::optional<Shares> read_shares(const TableCell& cell);
  bool beats(const TableCell& cell, const TableCell& other);

  const TableSource& source_;
  const TableSpec& spec_;
  Table& table_;
  std::map<const TableCell*, std::optional<Shares>> shares_;
};

}  // namespace retort
