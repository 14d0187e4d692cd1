#pragma once
// One result: what was computed, from what, by whom, and which objects hold it. The record is the commit: what has no
// record does not exist. File format in framework/docs/formats.md, *Record*.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/checked_name.h"
#include "core/error.h"
#include "core/plugin_spec.h"

namespace retort {

/// A record that a newer retort wrote: not damaged, and not to be touched.
class __attribute__((visibility("default"))) NewerRecord : public Error {
 public:
  explicit NewerRecord(const std::string& message) : Error(ErrorKind::store, message) {}
};

struct StoredFile {
  FileName name;
  uint64_t size = 0;
  Key digest;  ///< SHA-256 of the bytes
  bool inlined = false;
  std::string text;  ///< the bytes, if inlined (small UTF-8 files)
};

struct StoredOutput {
  std::string kind;
  Key digest;  ///< of meta and the files' names and digests: what content keys of consumers contain
  Json meta;
  std::vector<StoredFile> files;
};

struct Record {
  Key key;               ///< content key
  std::string key_text;  ///< what was digested to make it
  std::string type;      ///< node type
  std::map<PortName, StoredOutput, std::less<>> outputs;
  std::string from;  ///< root of the parent store it was found in; empty: the store itself
  std::string sum;   ///< the checksum in its file; empty before it was read from there
  Json about;        ///< created (UTC), seconds, host, device name, worker build, run id; never in a key. Of a record
                     ///< that was read, each field has the type that framework/docs/formats.md says
};

/// How much of a record is wanted. A plan of many thousand results keeps each: for it key texts, inlined bytes, the
/// meta of what is no metrics, and all of `about` but "created", "seconds" and "warnings" are left out. Who reads an
/// artifact wants its outputs whole, and of the rest no more than a plan.
enum class RecordParts { all, of_plan, outputs };

Record slim(Record record);  ///< what RecordParts::of_plan leaves of it
/// The fence of the lease it was computed under (lease.h); 0 in records that have none.
uint64_t fence_of(const Record& record);
/// What its node warned of while it was computed (`about.warnings`).
std::vector<std::string> warnings_of(const Record& record);
std::string digest_of(const StoredOutput& output);
std::string to_text(const Record& record);  ///< with its own checksum
/// Throws Error(store) if it is damaged or newer.
Record record_from_text(const std::string& text, const std::string& file, RecordParts parts = RecordParts::all);

}  // namespace retort
