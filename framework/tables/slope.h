#pragma once
// How fast a metric grows along an axis: what an interaction is tested with ("does the advantage grow with the size of
// the network?"). Each replicate gives one least-squares slope over all points of the axis; its interval is a
// percentile bootstrap over replicates (Efron, Tibshirani: An Introduction to the Bootstrap, 13.3), which assumes no
// distribution. With fewer than about five replicates such an interval is too narrow: it never leaves their range.
#include <map>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "tables/table.h"

namespace retort {

/// Slope of least squares of y over x; of at least two points whose x are not all equal.
double least_squares_slope(const std::vector<std::pair<double, double>>& points);

/// Replicate → slope of its values over the axis. A replicate that lacks one of the cell's points has none: its slope
/// would be of other points than the others'.
std::map<std::string, double> slopes_of(const TableCell& cell, const SlopeSpec& spec);

/// Mean of `values` with the percentile bootstrap interval of the mean: 10,000 draws of a fixed generator, so equal
/// values give equal bytes. Of fewer than two values there is no interval.
Summary bootstrap_of(const std::vector<double>& values, double confidence);

/// Of a pair of cells with slopes: their differences on equal replicates, with the bootstrap interval.
Summary slope_difference(const TableCell& cell, const TableCell& to, double confidence);

/// "accuracy_last over log2 of size (width 8: 3, width 16: 4)", as a remark says it.
std::string description_of(const SlopeSpec& spec);

}  // namespace retort
