#pragma once
#include <sdk/plugin.h>

/// A component that an artifact may name, as one names the network behind its weights.
class Part : public retort::Plugin {
 public:
  static constexpr const char* kKind = "test_part";
  virtual int number() const = 0;
};
