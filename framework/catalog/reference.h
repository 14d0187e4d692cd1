#pragma once
// What a plugin is and takes, as people read it. Made from the manifest alone, so it cannot be out of date.
#include "catalog/catalog.h"

namespace retort {

/// The reference page: what it is, its inputs, outputs and parameters with defaults and ranges, how it is written in a
/// graph. Plain text.
std::string reference_page(const Manifest& manifest, const Catalog& catalog);

/// One line a plugin, grouped by kind; those that cannot be used say why.
std::string listing(const std::vector<const Manifest*>& manifests);

/// The plugin's declaration with "library", "build", "code" and, if it is refused, "refused".
Json reference_json(const Manifest& manifest);

/// "at least 1, at most 8", "sgd or adam", …: the rules of a parameter in words; empty if there are none.
std::string rules_of(const ParamSpec& param);

}  // namespace retort
