#pragma once
// The root of every plugin, and the one constant a plugin's library exports.
#include <cstdint>
#include <string>
#include <vector>

#include "core/build.h"
#include "core/declare.h"

#define RETORT_API __attribute__((visibility("default")))

namespace retort {

class RETORT_API Plugin {
 public:
  virtual ~Plugin();
  /// Lists what the plugin is and takes. Allocates nothing, computes nothing. [once after construction]
  virtual void declare(Declare& d) = 0;
  /// What the engine calls: the kind's own parameters (a loss's weight), then the plugin's.
  void declare_all(Declare& d) {
    declare_common(d);
    declare(d);
  }
  /// Properties every plugin of the kind must have, checked on tiny data with the defaults bound. Kinds implement it,
  /// plugins inherit it: the build runs it as a test. Each string is one broken property. [contract test only]
  virtual std::vector<std::string> broken_properties();

  /// What this component is, as data: {"type", "params" (after defaults), "code" (identity)}. Set when it is made from
  /// a graph. An artifact that needs the component to be read again (a network's weights) keeps it in its meta: a
  /// change of the component's code then changes the artifact, and with it every key downstream.
  const Json& origin() const { return origin_; }
  void set_origin(Json origin) { origin_ = std::move(origin); }  ///< [engine]

 protected:
  virtual void declare_common(Declare&) {}

 private:
  Json origin_ = Json::object();
};

/// What a library exports as `retort_plugin`. Plain C types only: read before any other code of the library runs.
struct PluginDescriptor {
  uint32_t magic;     ///< kPluginMagic
  const char* build;  ///< build_string() of the headers it was compiled against
  const char* kind;
  const char* type;
  const char* source;  ///< path of the .cpp below its project's root, for the digest of its code
  Plugin* (*make)();
};

inline constexpr uint32_t kPluginMagic = 0x52744f31;

}  // namespace retort

#ifndef RETORT_PLUGIN_SOURCE
#define RETORT_PLUGIN_SOURCE __FILE__
#endif

/// Exports `Class` under `type_name`; its kind comes from its base class. The last line of a plugin's file.
#define RETORT_PLUGIN(Class, type_name)                                 \
  extern "C" RETORT_API const ::retort::PluginDescriptor retort_plugin; \
  const ::retort::PluginDescriptor retort_plugin = {                    \
      ::retort::kPluginMagic, ::retort::build_string(),                 \
      Class::kKind,           type_name,                                \
      RETORT_PLUGIN_SOURCE,   []() -> ::retort::Plugin* { return new Class; }};
