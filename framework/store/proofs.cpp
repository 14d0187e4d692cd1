#include "store/proofs.h"

#include <sstream>

#include "core/digest.h"
#include "core/files.h"
#include "core/json_read.h"
#include "core/stated_version.h"

namespace retort {
namespace {

constexpr int kProofFormat = 1;

std::filesystem::path file_of(const Store& store, const ProofSubject& subject) {
  const std::string text = subject.kind + "\n" + subject.type + "\n" + subject.job.dump() + "\n" + subject.code + "\n" +
                           subject.environment + "\n";
  return store.root() / "learned" / "proofs" / (sha256_hex(text) + ".json");
}

}  // namespace

std::string environment_in(const std::string& key_text) {
  std::string found;
  std::istringstream lines(key_text);
  for (std::string line; std::getline(lines, line);)
    for (const char* label : {"device ", "precision ", "threads ", "torch "})
      if (line.rfind(label, 0) == 0) found += (found.empty() ? "" : ", ") + line;
  return found;
}

std::optional<Json> kept_proof(const Store& store, const ProofSubject& subject) {
  const auto file = file_of(store, subject);
  if (!is_there(file)) return std::nullopt;
  Json json = parsed_json(read_file(file, ErrorKind::store, kLongestText));
  if (stated_version(json, "retort_proof") != kProofFormat) return std::nullopt;
  if (!problem_with(json, {{"bytes", FieldRule::text, true}, {"about", FieldRule::object, true}}).empty())
    return std::nullopt;
  const std::string sum = text_in(json, "sum");
  json.erase("sum");
  if (sum != sha256_hex(json.dump())) return std::nullopt;
  return json;
}

void keep(const Store& store, const ProofSubject& subject, const std::string& bytes, const Json& about) {
  const auto file = file_of(store, subject);
  make_folder(file.parent_path());
  Json json = {
      {"retort_proof", kProofFormat},       {"kind", subject.kind}, {"type", subject.type}, {"code", subject.code},
      {"environment", subject.environment}, {"job", subject.job},   {"bytes", bytes},       {"about", about}};
  json["sum"] = sha256_hex(json.dump());
  write_atomically(file, json.dump(1) + "\n", /*sync=*/false);
}

}  // namespace retort
