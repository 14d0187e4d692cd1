#pragma once
// What a node will cost, learned from results that are in the store: seconds for each device class, and bytes. Results
// of the same type with the same settings count first, scaled by the parameters that say how much to do; then those of
// the same type.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "store/store.h"

namespace retort {

struct Price {
  std::optional<double> seconds;
  std::optional<uint64_t> bytes;  ///< of its outputs
};

class Prices {
 public:
  /// Both must outlive this.
  Prices(const Store& store, const Catalog& catalog) : store_(store), catalog_(catalog) {}

  /// Of a node with this key text, whose inputs may be absent in it. The first question reads what was learned before,
  /// and the records that came since.
  Price of(const std::string& type, const std::string& key_text);
  bool empty();  ///< whether nothing is known of anything

  void save() const noexcept;  ///< a store that cannot be written is no error: it is learned again

 private:
  struct Seen {
    std::string type, device, settings;  ///< device class; digest of the settings that say what to do, not how much
    double amount = 1;                   ///< product of the parameters that say how much to do
    double seconds = 0;
    uint64_t bytes = 0;
  };
  Seen describe(const std::string& type, const std::string& key_text) const;
  void learn(const std::string& key);
  void learn();
  void read();

  const Store& store_;
  const Catalog& catalog_;
  std::map<std::string, Seen> seen_;  ///< by key
  std::map<std::string, std::vector<const Seen*>> by_settings_, by_type_;
  bool asked_ = false, learned_ = false;
};

}  // namespace retort
