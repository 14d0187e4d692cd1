#include "balance.h"

#include <utility>

#include "core/error.h"

namespace retort::recover {

size_t Balance::role_of(size_t loss) const {
  for (size_t role = 0; role < 2; ++role)
    if (terms_[role] == static_cast<int64_t>(loss)) return role;
  return kNone;
}

void Balance::check(const std::vector<std::string>& names, const std::vector<double>& weights) const {
  const auto refuse = [](const std::string& why) { throw Error(ErrorKind::user, "\"balance\" " + why); };
  if (terms_.size() != 2)
    refuse("names " + std::to_string(terms_.size()) + " losses; it takes the indices of two: [0, 1]");
  if (terms_[0] == terms_[1]) refuse("names losses[" + std::to_string(terms_[0]) + "] twice; it takes two losses");
  for (const int64_t term : terms_) {
    if (term >= static_cast<int64_t>(names.size()))
      refuse("names losses[" + std::to_string(term) + "], and there " +
             (names.size() == 1 ? std::string("is one loss") : "are " + std::to_string(names.size()) + " losses") +
             ", counted from 0");
    if (weights[static_cast<size_t>(term)] == 0)
      refuse("names " + place_of(term, names) + ", which has \"weight\" 0 and is not evaluated");
  }
}

Balance::Step Balance::descend(const at::Tensor& canvas, const BalancedParts& parts, int64_t iteration,
                               int64_t first_batch, const std::vector<std::string>& names) const {
  for (size_t role = 0; role < 2; ++role)
    if (!(role == 0 ? parts.first : parts.second).defined())
      throw Error(ErrorKind::user, "\"balance\": iteration " + std::to_string(iteration) + " does not evaluate " +
                                       place_of(terms_[role], names) +
                                       ", whose teachers are not asked then: both terms need a teacher in each step");
  const bool more = parts.rest.requires_grad();
  const auto first = gradient_of(parts.first, canvas, /*keep=*/true);
  const auto second = gradient_of(parts.second, canvas, /*keep=*/more);
  const int64_t groups = parts.rest.size(0);
  const auto size = [&](const at::Tensor& g) {
    return at::linalg_vector_norm(g.reshape({groups, -1}), 2, at::IntArrayRef{1});
  };
  const auto sizes = std::pair(size(first), size(second));
  if (iteration == 0) {
    check_size(sizes.first, 0, first_batch, names);
    check_size(sizes.second, 1, first_batch, names);
  }
  // A gradient that became zero later adds nothing with any weight.
  const auto weight = at::where(sizes.second > 0, ratio_ * sizes.first / sizes.second, at::zeros_like(sizes.second));
  const auto per_image = weight.repeat_interleave(canvas.size(0) / groups).view({-1, 1, 1, 1});
  auto all = first + per_image * second;
  if (more) all = all + gradient_of(parts.rest, canvas, /*keep=*/false);
  canvas.mutable_grad() = all;
  return {(parts.rest + parts.first + weight * parts.second).detach(), weight};
}

at::Tensor Balance::gradient_of(const at::Tensor& values, const at::Tensor& canvas, bool keep) {
  canvas.mutable_grad() = at::Tensor();
  if (values.requires_grad()) values.sum().backward({}, /*retain_graph=*/keep);
  auto gradient = std::exchange(canvas.mutable_grad(), at::Tensor());
  return gradient.defined() ? gradient : at::zeros_like(canvas);
}

void Balance::check_size(const at::Tensor& sizes, size_t role, int64_t first_batch,
                         const std::vector<std::string>& names) const {
  const auto all = sizes.detach().cpu().to(at::kDouble).contiguous();
  for (int64_t g = 0; g < all.size(0); ++g)
    if (all.const_data_ptr<double>()[g] == 0)
      throw Error(ErrorKind::user, "\"balance\": the gradient of " + place_of(terms_[role], names) +
                                       " is zero in batch " + std::to_string(first_batch + g) +
                                       " at the start, so that no weight gives it a ratio to the other: balance "
                                       "another pair of losses, or start from other images (\"init\")");
}

std::string Balance::place_of(int64_t term, const std::vector<std::string>& names) {
  return "losses[" + std::to_string(term) + "] (" + names[static_cast<size_t>(term)] + ")";
}

}  // namespace retort::recover
