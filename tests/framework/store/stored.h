#pragma once
// Results that tests of the store publish: honest keys, one object each unless said otherwise.
#include <map>
#include <string>

#include "core/digest.h"
#include "core/files.h"
#include "store/store.h"

namespace retort::test {

inline std::string key_text(const std::string& name) { return "retort-key 1\ntype test\nparam name = " + name + "\n"; }
inline std::string key_of(const std::string& name) { return sha256_hex(key_text(name)); }

/// `files`: name → bytes.
inline Record publish(const Store& store, const std::string& name, double seconds,
                      const std::map<std::string, std::string>& files) {
  const std::filesystem::path scratch = store.make_scratch();
  std::vector<WrittenFile> written;
  for (const auto& [file, bytes] : files) {
    write_file(scratch / file, bytes);
    written.push_back(written_file(scratch / file, file));
  }
  Record record;
  record.key_text = key_text(name);
  record.key = key_of(name);
  record.type = "test";
  record.about = {{"node", name}, {"seconds", seconds}};
  record.outputs["out"] = store.add_output("text", {{"n", 1}}, scratch, written);
  store.commit(record, /*sync=*/false);
  store.drop_scratch(scratch);
  return record;
}

/// Replaces the bytes of a file that may be read-only.
inline void overwrite(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::permissions(file, std::filesystem::perms::owner_write, std::filesystem::perm_options::add);
  write_file(file, bytes);
}

}  // namespace retort::test
