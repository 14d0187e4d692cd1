#pragma once
// What a pickle makes: values, and the few calls that a state dictionary consists of.
#include <functional>
#include <string>
#include <vector>

#include "checkpoint/pickle.h"

namespace retort::checkpoint {

/// Throws Error(data) saying `what`, and where in the file.
using Complaint = std::function<void(const std::string& what)>;

class PickleMaker {
 public:
  explicit PickleMaker(Complaint bad) : bad_(std::move(bad)) {}

  Value* make(Value::Kind kind);
  void put_into_dict(Value* dict, const std::vector<Value*>& keys_and_values);
  void put_into_list(Value* list, const std::vector<Value*>& values);
  /// What calling `function` gives; nothing is executed.
  Value* call(const Value* function, const Value* arguments);
  /// An object of this class, without content.
  Value* object(const Value* type);
  /// ("storage", type, key, place, elements[, view])
  Value* storage(const Value* id);

  Pickle made;

 private:
  Value* call_dict(const Value& arguments);
  Value* call_tensor(const Value& arguments);
  std::vector<int64_t> integers(const Value* list) const;
  void check_reach(const Value& tensor) const;
  /// Counts entries of lists and dictionaries: one object can be put into others again and again.
  void charge(size_t entries);
  [[noreturn]] void bad(const std::string& what) const;

  Complaint bad_;
  size_t entries_ = 0;
};

}  // namespace retort::checkpoint
