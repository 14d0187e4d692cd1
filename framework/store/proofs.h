#pragma once
// Bytes of proof jobs, by the code they were run with: learned/proofs/ of the store.
#include <optional>
#include <string>

#include "store/store.h"

namespace retort {

/// What a proof is a proof of.
struct ProofSubject {
  std::string kind, type;   ///< of the plugin
  Json job;                 ///< as it declares it
  std::string code;         ///< its identity
  std::string environment;  ///< environment_in the key text of the results it stands for
};

/// The numeric environment in a key text, one line: "device cpu, precision float32, threads 1, torch 2.13.0"; empty of
/// a type that is not numeric.
std::string environment_in(const std::string& key_text);

/// {"bytes": DIGEST, "about": {processor, …}}; nothing if none was kept.
std::optional<Json> kept_proof(const Store& store, const ProofSubject& subject);
/// Throws Error(store).
void keep(const Store& store, const ProofSubject& subject, const std::string& bytes, const Json& about);

}  // namespace retort
