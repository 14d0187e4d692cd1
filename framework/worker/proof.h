#pragma once
// The proof job that a plugin declares (Declare::proof): a tiny run whose bytes show that a change of code changed no
// result. Bytes of the code as it was lie in the store from its first result on; `retort carry` compares those of the
// code as it is.
#include <filesystem>
#include <string>

#include "store/store.h"
#include "worker/components.h"

namespace retort {

/// Where a proof is run; seeds are fixed.
struct ProofPlace {
  std::string device = "cpu", precision = "float32";
  int threads = 1;
};

/// Digest of everything that the plugin's proof job writes. Inputs are made by the job's nested nodes, all in
/// `scratch`. Throws Error(plugin) if it declares none or one that cannot be run, and what a node throws.
std::string proof_bytes(const std::string& kind, const std::string& type, ComponentFinder& plugins,
                        const std::filesystem::path& scratch, const ProofPlace& place);

/// Runs and keeps the proofs of the job's node and of its components, of code that has none in the store yet; `record`
/// is the job's result. A proof that fails is said in the job's log and is no failure of the job, whose result is
/// there.
void keep_proofs(const Json& job, const Record& record, ComponentFinder& plugins, const Store& store,
                 const std::filesystem::path& scratch);

}  // namespace retort
