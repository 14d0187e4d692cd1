#pragma once
// Networks for tests: a ResNet-18 bound from JSON as a plugin would be, and what stands in for the worker.
#include <string>

#include "core/error.h"
#include "nn/resnet.h"
#include "support/network_plugin.h"

namespace retort::nn {

using test::NoComponents;

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
