#include "tables/best.h"

#include <algorithm>
#include <cmath>

#include "tables/predictions.h"
#include "tables/slope.h"

namespace retort {
namespace {

constexpr size_t kFewestPairs = 2;
// Logits are kept in half precision: where two were close they are equal now, and a few answers in a thousand turn.
constexpr double kTurned = 3e-3;

/// What one right answer adds to the metric, times the number of images: 100 for percent, 1 for a share; nothing if the
/// metric is not the accuracy of these answers.
std::optional<double> scale_of(const std::vector<bool>& right, double metric) {
  const double share =
      static_cast<double>(std::count(right.begin(), right.end(), true)) / static_cast<double>(right.size());
  for (const double scale : {100.0, 1.0})
    if (std::abs(scale * share - metric) <= scale * kTurned) return scale;
  return std::nullopt;
}

}  // namespace

Summary paired_difference(const TableCell& cell, const TableCell& to, double confidence) {
  if (cell.slopes && to.slopes) return slope_difference(cell, to, confidence);
  std::vector<double> differences;
  for (const auto& own : cell.observations)
    for (const auto& other : to.observations)
      if (own.replicate == other.replicate && own.state == ResultState::there && other.state == ResultState::there &&
          own.value && other.value)
        differences.push_back(*own.value - *other.value);
  return summary_of(differences, confidence);
}

void Comparison::compare(TableCell& cell, const TableCell& baseline) {
  const Summary difference = paired_difference(cell, baseline, spec_.confidence);
  if (difference.n == 0) return;
  cell.difference = difference;
  cell.image_difference = over_images(cell, baseline);
}

std::optional<Summary> Comparison::over_images(const TableCell& cell, const TableCell& to) {
  if (cell.slopes) return std::nullopt;  // a slope is not the share of images answered right
  const auto &own = shares_of(cell), &other = shares_of(to);
  if (!own || !other || own->right.size() != other->right.size() || own->images != other->images) return std::nullopt;
  std::vector<double> differences;
  differences.reserve(own->right.size());
  for (size_t i = 0; i < own->right.size(); ++i) differences.push_back(own->right[i] - other->right[i]);
  return summary_of(differences, spec_.confidence);
}

const std::optional<Comparison::Shares>& Comparison::shares_of(const TableCell& cell) {
  const auto found = shares_.find(&cell);
  if (found != shares_.end()) return found->second;
  return shares_[&cell] = read_shares(cell);
}

std::optional<Comparison::Shares> Comparison::read_shares(const TableCell& cell) {
  Shares shares;
  size_t replicates = 0;
  for (const auto& one : cell.observations) {
    if (one.state != ResultState::there || !one.value) continue;
    std::optional<std::vector<bool>> right;
    std::string images;
    try {
      const auto record = source_.plan.whole_record(one.index);
      right = right_answers(source_.store, record);
      images = images_of_predictions(record);
    } catch (const Error& damaged) {
      table_.notes.push_back(damaged.what());
    }
    if (!right || right->empty()) return std::nullopt;
    const auto scale = scale_of(*right, *one.value);
    if (replicates == 0) shares = {std::vector<double>(right->size(), 0), images};
    if (!scale || shares.right.size() != right->size() || shares.images != images) return std::nullopt;
    for (size_t i = 0; i < right->size(); ++i) shares.right[i] += (*right)[i] ? *scale : 0;
    ++replicates;
  }
  if (replicates == 0) return std::nullopt;
  for (double& share : shares.right) share /= static_cast<double>(replicates);
  return shares;
}

bool Comparison::beats(const TableCell& cell, const TableCell& other) {
  const int good = spec_.best == "max" ? 1 : -1;
  const Summary over_seeds = paired_difference(cell, other, spec_.confidence);
  if (over_seeds.n < kFewestPairs || over_seeds.sign() != good) return false;
  const auto images = over_images(cell, other);
  return !images || images->sign() == good;
}

void Comparison::mark_best() {
  if (spec_.best.empty()) return;
  for (size_t column = 0; column < table_.columns.size(); ++column) {
    std::vector<TableCell*> cells;
    for (auto& row : table_.cells)
      if (row[column].summary.n > 0) cells.push_back(&row[column]);
    if (cells.size() < 2) continue;
    const auto worse = [&](const TableCell* a, const TableCell* b) {
      return spec_.best == "max" ? a->summary.mean < b->summary.mean : a->summary.mean > b->summary.mean;
    };
    TableCell* first = *std::max_element(cells.begin(), cells.end(), worse);
    first->best = std::all_of(cells.begin(), cells.end(),
                              [&](const TableCell* other) { return other == first || beats(*first, *other); });
  }
}

}  // namespace retort
