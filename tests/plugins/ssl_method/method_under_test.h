#pragma once
// A method as the worker gets it: from its library, with parameters bound.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "core/error.h"
#include "train/ssl_method.h"

namespace retort::train {

class MethodUnderTest {
 public:
  explicit MethodUnderTest(const std::string& name, const std::string& params = "{}") {
    const std::string file = std::string(std::getenv("RETORT_PLUGIN_PATH")) + "/" + name + ".so";
    void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed, as in the worker
    if (!library) throw Error(ErrorKind::plugin, dlerror());
    const auto* descriptor = static_cast<const PluginDescriptor*>(dlsym(library, "retort_plugin"));
    method_.reset(static_cast<SslMethod*>(descriptor->make()));
    method_->declare_all(declared_);
    for (const auto& problem : declared_.bind(Json::parse(params), none_)) throw Error(ErrorKind::user, problem);
  }
  SslMethod* operator->() { return method_.get(); }

 private:
  struct NoComponents final : ComponentSource {
    std::unique_ptr<Plugin> make(const std::string&, const std::string&) override { return nullptr; }
    std::string code_of(const std::string&, const std::string&) override { return ""; }
  };
  NoComponents none_;
  Declare declared_;
  std::unique_ptr<SslMethod> method_;
};

/// One convolution of four channels with BatchNorm.
class TinyNetwork final : public nn::Network {
 public:
  void declare(Declare&) override {}
  at::Tensor features(nn::Pass& pass, const at::Tensor& images) const override {
    return pass.conv_bn("conv1", "bn1", images, {.out = 4}, true).mean({2, 3});
  }
};

}  // namespace retort::train
