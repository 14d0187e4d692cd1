#include "worker/components.h"

#include "core/error.h"
#include "core/nearest.h"
#include "core/system_text.h"
#include "worker/library.h"

namespace retort {

void ComponentFinder::use(const std::string& kind, const std::string& type, const std::filesystem::path& library,
                          const std::string& code) {
  named_[{kind, type}] = {library, code};
}

const Catalog& ComponentFinder::catalog() {
  if (!catalog_) {
    auto folders = Catalog::default_folders();
    folders.push_back(folder_.empty() ? "." : folder_);
    catalog_ = Catalog::read(folders);
  }
  return *catalog_;
}

ComponentFinder::Named ComponentFinder::find(const std::string& kind, const std::string& type) {
  if (const auto it = named_.find({kind, type}); it != named_.end()) return it->second;
  if (planned_)
    if (const auto types = planned_->find(kind); types != planned_->end())
      if (const auto one = types->find(type); one != types->end())
        return {bytes_of(one->at("library").get<std::string>()), one->at("code")};
  const Manifest* manifest = catalog().find(kind, type);
  if (!manifest) {
    std::string text = "there is no " + kind + " \"" + type + "\"";
    if (const auto near = catalog().nearest(kind, type); !near.empty()) text += "; " + did_you_mean(near);
    throw Error(ErrorKind::plugin, text);
  }
  if (!manifest->refused.empty())
    throw Error(ErrorKind::plugin, kind + " \"" + type + "\" is refused: " + manifest->refused);
  return {manifest->library, manifest->code};
}

const PluginDescriptor& ComponentFinder::open(const std::string& kind, const std::string& type) {
  const Named named = find(kind, type);
  return named.code.empty() ? open_plugin(named.library) : open_plugin(named.library, named.code);
}

std::unique_ptr<Plugin> ComponentFinder::make(const std::string& kind, const std::string& type) {
  return make_plugin(open(kind, type));
}

std::string ComponentFinder::code_of(const std::string& kind, const std::string& type) { return find(kind, type).code; }

const PluginSpec& ComponentFinder::spec_of(const std::string& kind, const std::string& type) {
  return retort::spec_of(open(kind, type));
}

std::string ComponentFinder::first_of(const std::string& kind) {
  const auto all = catalog().of_kind(kind);
  if (all.empty()) throw Error(ErrorKind::plugin, "there is no " + kind);
  return all.front()->spec.type;
}

std::unique_ptr<Plugin> component_of(ComponentSource& components, const std::string& kind, const Json& origin) {
  const std::string type = origin.at("type");
  auto plugin = components.make(kind, type);
  Declare declared;
  plugin->declare_all(declared);
  std::string problems;
  for (const auto& problem : declared.bind(origin.value("params", Json::object()), components))
    problems += "; " + problem;
  if (!problems.empty()) throw Error(ErrorKind::plugin, kind + " \"" + type + "\" of an artifact" + problems);
  Json made = origin;
  made["code"] = components.code_of(kind, type);
  plugin->set_origin(std::move(made));
  return plugin;
}

}  // namespace retort
