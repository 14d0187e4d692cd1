#pragma once
// "did you mean …?": the valid name nearest to a misspelt one.
#include <string>
#include <string_view>
#include <vector>

namespace retort {

/// Number of single-character insertions, removals, changes and swaps of neighbours between two names, ignoring case;
/// `limit + 1` as soon as it is known to be more than `limit`.
int edit_distance(std::string_view a, std::string_view b, int limit);

/// The candidate nearest to `name`; of several the first. Near is at most one edit in three characters and never more
/// than three; failing that, a candidate that `name` begins ("moco" for "moco_v2") or that ends in ".name"
/// ("cifar100" for "dataset.cifar100"). Empty if nothing is near.
std::string nearest(std::string_view name, const std::vector<std::string>& candidates);

/// The hint made of it: `did you mean "first_scale"?`, or empty.
std::string did_you_mean(const std::string& nearest_name);

}  // namespace retort
