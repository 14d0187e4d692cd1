#pragma once
// What must stay whatever is collected: results by their key, and runs, which keep every result they cite.
#include <string>
#include <vector>

#include "store/store.h"

namespace retort {

struct Pin {
  std::string name;  ///< a key, or "run-" and the id of a run
  std::string why, by, when;
};

class Pins {
 public:
  explicit Pins(const Store& store) : folder_(store.root() / "pins") {}

  /// Pins again what is pinned, with the new reason. Throws Error(store), Error(data) for a name of another form.
  void add(const std::string& name, const std::string& why) const;
  bool remove(const std::string& name) const;  ///< false if it was not pinned; throws Error(store)
  bool has(const std::string& name) const;
  /// A damaged pin still pins; what it said is lost.
  std::vector<Pin> all() const;

 private:
  std::filesystem::path file_of(const std::string& name) const;
  std::filesystem::path folder_;
};

}  // namespace retort
