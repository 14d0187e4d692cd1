#pragma once
// Runs the proof job of a plugin as it is built now, in a worker of its own.
#include <string>

#include "catalog/catalog.h"

namespace retort {

/// Digest of what the job writes. Throws Error(plugin) with the worker's last words if it fails.
std::string prove(const Manifest& manifest, const std::string& device, const std::string& precision, int threads);

}  // namespace retort
