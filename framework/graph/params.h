#pragma once
// The parameters of a node and of all its components, against their manifests.
#include <functional>

#include "graph/draft.h"

namespace retort {

class ParamReader {
 public:
  /// `draft.node` must have name and manifest; components, places, inputs and `random` are added to it.
  ParamReader(Reading& reading, Draft& draft, const NodeIndex& nodes)
      : reading_(reading), draft_(draft), nodes_(nodes) {}

  /// Every parameter of `owner`, defaults filled in, canonical. `path` is empty for the node itself, else the
  /// component's: "losses[1]".
  Json read(const Manifest& owner, const Json& given, const Marks& marks, const std::string& path);
  /// Links written in "inputs" of the node or of a component; `missing` is where an absent one is reported.
  void read_inputs(const Manifest& owner, const Json* given, const Marks& marks, Mark missing, const std::string& path);

 private:
  std::string subject(const std::string& path) const;
  Json read_value(const ParamSpec& spec, const Json& value, const Marks& marks, const std::string& path);
  Json read_component(const ParamSpec& spec, const Json& value, const Marks& marks, const std::string& path,
                      const std::string& owner_path);
  const Manifest* component(const ParamSpec& spec, const Json& value, const Marks& marks, const std::string& path,
                            const std::string& owner_path);
  Json read_path(const PluginSpec& owner, const ParamSpec& spec, const Json& value, const Marks& marks, bool given,
                 const std::string& path);
  void read_links(InputDraft& input, const Json& value, const Marks& marks, const std::string& path);
  void read_link(InputDraft& input, const Json& value, Mark mark, const std::string& path);

  Reading& reading_;
  Draft& draft_;
  const NodeIndex& nodes_;
};

/// "images" or "images.train" → node and port; false if it is neither.
bool split_link(const std::string& text, std::string& node, std::string& port);

}  // namespace retort
