#pragma once
// Finds nested plugins by kind and type through the manifests of some folders, and makes them.
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "sdk/plugin.h"

namespace retort {

class ComponentFinder : public ComponentSource {
 public:
  /// Looks into `$RETORT_PLUGIN_PATH` and `folder`.
  explicit ComponentFinder(const std::filesystem::path& folder);
  std::unique_ptr<Plugin> make(const std::string& kind, const std::string& type) override;
  std::string code_of(const std::string& kind, const std::string& type) override;
  /// Any type of the kind (the first by name); throws Error(plugin) if there is none.
  std::string first_of(const std::string& kind) const;

 private:
  struct Found {
    std::filesystem::path library;
    std::string code;
  };
  std::map<std::pair<std::string, std::string>, Found> found_;
};

}  // namespace retort
