#pragma once
// Makes nested plugins by kind and type: of the libraries a job names, else of those the run was planned with, else of
// the catalog's. None is made of other code than its manifest, job or plan names.
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
  /// `planned`: {KIND: {TYPE: {"library", "code"}}}, may be null. For what is not in it the catalog's folders and the
  /// folder of `library` are looked into, on the first question that needs it.
  explicit ComponentFinder(const std::filesystem::path& library, std::shared_ptr<const Json> planned = nullptr)
      : folder_(library.parent_path()), planned_(std::move(planned)) {}
  /// From now on this library stands for the name, whatever manifests say. Of an empty code nothing is known: it is not
  /// compared.
  void use(const std::string& kind, const std::string& type, const std::filesystem::path& library,
           const std::string& code);
  std::unique_ptr<Plugin> make(const std::string& kind, const std::string& type) override;
  std::string code_of(const std::string& kind, const std::string& type) override;
  /// What the plugin declares.
  const PluginSpec& spec_of(const std::string& kind, const std::string& type);
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
  const PluginDescriptor& open(const std::string& kind, const std::string& type);

  std::filesystem::path folder_;
  std::shared_ptr<const Json> planned_;
  std::optional<Catalog> catalog_;
  std::map<std::pair<std::string, std::string>, Named> named_;
};

/// A component that an artifact describes ({"type", "params", …}), made and bound. Throws Error(plugin).
std::unique_ptr<Plugin> component_of(ComponentSource& components, const std::string& kind, const Json& origin);

}  // namespace retort
