#pragma once
// Results in one file, to give to others: a tar archive with records and their objects, nothing else, every byte under
// a checksum. Format in framework/docs/formats.md, *Archive of results*.
#include <filesystem>
#include <string>
#include <vector>

#include "store/store.h"

namespace retort {

/// Writes the results and all their objects, each verified, to `file`. Throws DamagedResult, Error(store).
void write_archive(const Store& store, const std::vector<Record>& records, const std::filesystem::path& file);

struct ImportReport {
  std::vector<Record> imported;      ///< about.imported names the archive
  size_t already = 0;                ///< were here
  std::vector<std::string> refused;  ///< in words: results that are damaged in the archive
};

/// Takes over what is whole, one result at a time: record, key, the contract of each output's kind and the digest of
/// every object are checked before anything of it is put in place. Names in the archive lead nowhere but into the
/// store. Throws Error(data) for a file that is no archive of results, is cut off or holds anything else; Error(store)
/// for one of a newer format.
ImportReport read_archive(const Store& store, const std::filesystem::path& file);

}  // namespace retort
