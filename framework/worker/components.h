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
  /// Looks into `$RETORT_PLUGIN_PATH` and the folder of `library`, on the first question that needs it.
  explicit ComponentFinder(const std::filesystem::path& library) : folder_(library.parent_path()) {}
  /// From now on this library stands for the name, whatever manifests say.
  void use(const std::string& kind, const std::string& type, const std::filesystem::path& library,
           const std::string& code);
  std::unique_ptr<Plugin> make(const std::string& kind, const std::string& type) override;
  std::string code_of(const std::string& kind, const std::string& type) override;
  /// Any type of the kind (the first by name); throws Error(plugin) if there is none.
  std::string first_of(const std::string& kind);

 private:
  struct Found {
    std::filesystem::path library;
    std::string code;
  };
  using Name = std::pair<std::string, std::string>;  // kind, type
  const Found* find(const Name& name);
  void look();

  std::filesystem::path folder_;
  bool looked_ = false;
  std::map<Name, Found> found_;
};

}  // namespace retort
