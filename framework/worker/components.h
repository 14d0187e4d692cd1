#pragma once
// Makes nested plugins by kind and type: of the libraries a job names, else of the catalog's.
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "catalog/catalog.h"
#include "sdk/plugin.h"

namespace retort {

class ComponentFinder : public ComponentSource {
 public:
  /// Looks into the catalog's folders and the folder of `library`, on the first question that needs it.
  explicit ComponentFinder(const std::filesystem::path& library) : folder_(library.parent_path()) {}
  /// From now on this library stands for the name, whatever manifests say.
  void use(const std::string& kind, const std::string& type, const std::filesystem::path& library,
           const std::string& code);
  std::unique_ptr<Plugin> make(const std::string& kind, const std::string& type) override;
  std::string code_of(const std::string& kind, const std::string& type) override;
  /// What the plugin declares.
  PluginSpec spec_of(const std::string& kind, const std::string& type);
  /// Any type of the kind (the first by name); throws Error(plugin) if there is none.
  std::string first_of(const std::string& kind);

 private:
  struct Named {
    std::filesystem::path library;
    std::string code;
  };
  const Catalog& catalog();
  /// Throws Error(plugin) with the nearest name, or with why the plugin is refused.
  Named find(const std::string& kind, const std::string& type);

  std::filesystem::path folder_;
  std::optional<Catalog> catalog_;
  std::map<std::pair<std::string, std::string>, Named> named_;
};

/// A component that an artifact describes ({"type", "params", …}), made and bound. Throws Error(plugin).
std::unique_ptr<Plugin> component_of(ComponentSource& components, const std::string& kind, const Json& origin);

}  // namespace retort
