#pragma once
// Looking through a whole store: what is damaged is set aside, so that it is computed again; nothing else is touched.
#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace retort {

struct CheckReport {
  struct Damage {
    std::string what;        ///< in words, with the file
    bool set_aside = false;  ///< moved to trash/; false where the store cannot be written
  };
  std::vector<Damage> damage;
  std::vector<std::string> unread;  ///< in words: what the system did not give, of which nothing is known
  std::vector<std::string> again;   ///< "node (type), key": results that are computed again when somebody wants them
  size_t records = 0, objects = 0, objects_read = 0;
  uint64_t bytes_read = 0;
  size_t orphans = 0;  ///< objects that no record names: no damage, `gc` takes them
  uint64_t orphan_bytes = 0;

  bool can_go_on() const;  ///< everything damaged was set aside
};

/// Reads every record, and every object or, with `sample` below 1, that share of them, chosen at random. Records whose
/// bytes, key or key text are wrong and objects whose size or digest is wrong are set aside, with every record that
/// names them; what is only an aid (names, sources) is set aside alone. What cannot be read stays. Throws NewerRecord
/// for one of a newer format, CannotRead where not even the list of records can be had.
CheckReport check_store(const Store& store, double sample = 1);

}  // namespace retort
