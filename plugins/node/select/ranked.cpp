#include "ranked.h"

#include <algorithm>
#include <vector>

#include "vision/draw.h"

namespace retort::select {

at::Tensor ranked(const at::Tensor& losses, int64_t count, const std::string& rank, at::Generator& random) {
  const int64_t n = losses.size(0);
  if (rank == "random") return vision::draw_permutation(n, random).narrow(0, 0, count).to(losses.device());
  const auto rising = losses.argsort(/*stable=*/true, 0, /*descending=*/rank == "medium" || rank == "hard");
  if (rank != "medium") return rising.narrow(0, 0, count);
  const int64_t middle = std::min((n + 1) / 2, n - 1);
  std::vector<int64_t> places = {middle};
  for (int64_t away = 1; static_cast<int64_t>(places.size()) < n; ++away) {
    if (middle + away < n) places.push_back(middle + away);
    if (middle - away >= 0) places.push_back(middle - away);
  }
  places.resize(static_cast<size_t>(count));
  return rising.index_select(0, at::tensor(places, at::kLong).to(losses.device()));
}

}  // namespace retort::select
