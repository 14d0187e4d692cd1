#pragma once
// The pictures that a graph draws (outputs of kind "sheet"), put where people look.
#include <filesystem>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "store/store.h"

namespace retort {

/// Writes the picture of each node that draws one and has a result, its first replicate, as GRAPH-NODE.png into
/// `folder`. A file there is replaced only if it is a picture that came out of this store. Returns what people are
/// told, a line a picture: where it is, or why it was not written; never throws for a picture alone.
std::vector<std::string> write_pictures(const Plan& plan, const Store& store, const std::filesystem::path& folder);

}  // namespace retort
