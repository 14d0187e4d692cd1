#pragma once
// Networks for tests: a ResNet-18 bound from JSON as a plugin would be, and what stands in for the worker.
#include <string>

#include "core/error.h"
#include "nn/resnet.h"

namespace retort::nn {

class NoComponents : public ComponentSource {
 public:
  std::unique_ptr<Plugin> make(const std::string&, const std::string&) override { return nullptr; }
  std::string code_of(const std::string&, const std::string&) override { return ""; }
};

class TestResNet : public ResNet {
 public:
  explicit TestResNet(const std::string& text, bool bottleneck = false)
      : ResNet(bottleneck ? Block::bottleneck : Block::basic,
               bottleneck ? std::array<int64_t, 4>{3, 4, 6, 3} : std::array<int64_t, 4>{2, 2, 2, 2}) {
    const Json params = Json::parse(text);
    Declare d;
    declare_all(d);
    NoComponents none;
    RETORT_CHECK(d.bind(params, none).empty());
    set_origin({{"type", "resnet18"}, {"params", params}});
  }
  void declare(Declare& d) override { declare_shared(d); }
};

}  // namespace retort::nn
