#include "checkpoint/layout.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "core/error.h"
#include "core/nearest.h"

namespace retort::checkpoint {
namespace {

struct Rule {
  const char* layout;
  const char* dictionary;          ///< its path in the file
  const char* prefix;              ///< of the live network
  const char* momentum;            ///< prefix of the moving average; nullptr: the file holds one network by this rule
  std::vector<std::string> heads;  ///< prefixes, after the network's own is removed, that are no part of the backbone
  bool classifies = false;         ///< what `heads` does not name may include a classifier
  bool numbered = false;           ///< a ResNet's parts have numbers for names, those of a Sequential
};

/// In the order in which they are tried: the first with a weight of a first layer under its prefix.
const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = {
      {"moco", "state_dict", "module.encoder_q.", "module.encoder_k.", {"fc."}},
      {"moco_v3", "state_dict", "module.base_encoder.", "module.momentum_encoder.", {"fc.", "head."}},
      {"simsiam", "state_dict", "module.encoder.", nullptr, {"fc."}},
      {"dino", "student", "module.backbone.", "", {"fc.", "head."}},
      {"barlow_twins", "model", "module.backbone.", nullptr, {"fc."}},
      {"solo-learn", "state_dict", "backbone.", "momentum_backbone.", {"fc.", "head."}},
      {"solo-learn", "state_dict", "encoder.", "momentum_encoder.", {"fc.", "head."}},
      {"lightly", "state_dict", "backbone.", "backbone_momentum.", {}, false, true},
      {"lightly", "state_dict", "student_backbone.", "teacher_backbone.", {}, false, true},
      {"vissl", "classy_state_dict.base_model.model.trunk", "_feature_blocks.", nullptr, {}},
      {"swav", "", "module.", nullptr, {"projection_head.", "prototypes."}},
      {"swav", "state_dict", "module.", nullptr, {"projection_head.", "prototypes."}},
      {"torchvision", "", "", nullptr, {}, true},
      {"torchvision", "", "module.", nullptr, {}, true},
      {"torchvision", "state_dict", "", nullptr, {}, true},
      {"torchvision", "state_dict", "module.", nullptr, {}, true},
      {"torchvision", "model", "", nullptr, {}, true},
      {"torchvision", "model", "module.", nullptr, {}, true},
      {"timm", "", "", nullptr, {}, true},
      {"timm", "state_dict", "", "state_dict_ema", {}, true},
      {"timm", "model", "", "model_ema", {}, true},
      {"dino", "", "", nullptr, {"fc.", "head."}},  // released backbones are plain: by name only, as they fit above
      {"barlow_twins", "", "", nullptr, {"fc."}},
      {"vicreg", "model", "module.backbone.", nullptr, {"fc."}},
      {"vicreg", "", "", nullptr, {"fc."}},
  };
  return all;
}

bool has(const Dictionary& dictionary, const std::string& name) {
  return std::find(dictionary.names.begin(), dictionary.names.end(), name) != dictionary.names.end();
}

bool has_prefix(const Dictionary& dictionary, const std::string& prefix) {
  return std::any_of(dictionary.names.begin(), dictionary.names.end(),
                     [&](const std::string& name) { return name.starts_with(prefix); });
}

/// Where the rule's network lies in this file; an empty dictionary pointer if it does not.
struct Place {
  const Dictionary* dictionary = nullptr;
  std::string prefix;
};

bool begins_a_network(const Place& place) {
  return has(*place.dictionary, place.prefix + "conv1.weight") ||
         has(*place.dictionary, place.prefix + "patch_embed.proj.weight");
}

/// A Sequential of torchvision's or lightly's ResNet: convolution, BatchNorm, what has no tensors, four stages.
bool begins_a_sequence(const Place& place) {
  return has(*place.dictionary, place.prefix + "0.weight") && has(*place.dictionary, place.prefix + "1.running_mean");
}

/// Names of a ResNet's tensors under numbers, as torchvision has them. The stages are the third part that has tensors
/// and those after it; lightly calls the projection of a block its shortcut.
std::map<std::string, std::string> names_of_numbers(const std::vector<std::string>& numbered) {
  const auto number = [](const std::string& name) { return std::atoi(name.c_str()); };
  std::set<int> parts;
  for (const auto& name : numbered) parts.insert(number(name));
  std::map<int, std::string> called;
  for (const int part : parts) {
    const size_t nth = called.size();
    called[part] = nth == 0 ? "conv1" : nth == 1 ? "bn1" : "layer" + std::to_string(nth - 1);
  }
  std::map<std::string, std::string> names;
  for (const auto& name : numbered) {
    std::string plain = called[number(name)] + name.substr(name.find('.'));
    if (const size_t at = plain.find(".shortcut."); at != std::string::npos) plain.replace(at, 10, ".downsample.");
    names[name] = plain;
  }
  return names;
}

/// What wraps a network in training, and its names with it: torch.compile, and a moving average kept of the wrapped
/// network (timm's ModelEma of a DistributedDataParallel).
std::vector<std::string> wrapped(const std::string& prefix, bool average) {
  const std::string compiled = "_orig_mod.", parallel = "module.";
  std::vector<std::string> prefixes = {prefix, compiled + prefix, prefix + compiled};
  if (prefix.starts_with(parallel)) prefixes.push_back(parallel + compiled + prefix.substr(parallel.size()));
  if (average)
    for (const auto& each : std::vector<std::string>(prefixes)) prefixes.push_back(parallel + each);
  return prefixes;
}

/// DINO's teacher is wrapped as the student is if it has BatchNorm.
Place teacher(const TorchFile& file) {
  const Dictionary* dictionary = file.dictionary("teacher");
  for (const char* prefix : {"module.backbone.", "backbone."})
    if (dictionary && begins_a_network({dictionary, prefix})) return {dictionary, prefix};
  return {};
}

Place place_of(const Rule& rule, const std::string& prefix, const TorchFile& file, const std::string& which) {
  const std::string layout = rule.layout;
  const bool students_teacher = layout == "dino" && rule.momentum != nullptr;
  if (students_teacher && which != "live") return teacher(file);
  const bool momentum = which == "momentum";
  const bool other_dictionary = momentum && rule.momentum && layout == "timm";
  const Place place{file.dictionary(other_dictionary ? rule.momentum : rule.dictionary), prefix};
  if (!place.dictionary) return {};
  if (rule.numbered) return begins_a_sequence(place) ? place : Place{};
  if (!begins_a_network(place)) return {};
  const bool swav = has_prefix(*place.dictionary, place.prefix + "projection_head.");
  if (layout == "swav" && !swav) return {};
  const bool vit = has(*place.dictionary, place.prefix + "patch_embed.proj.weight");
  if ((layout == "torchvision" && vit) || (layout == "timm" && !momentum && !vit && rule.prefix == std::string()))
    return {};  // a plain ResNet is torchvision's
  return place;
}

bool any_of(const std::vector<std::string>& prefixes, const std::string& name) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& each) { return name.starts_with(each); });
}

void call_by_name(TensorList& tensors) {
  std::vector<std::string> numbered;
  for (const auto& [name, tensor] : tensors) numbered.push_back(name);
  const auto names = names_of_numbers(numbered);
  for (auto& [name, tensor] : tensors) name = names.at(name);
}

Found take(const Rule& rule, const Place& place, const TorchFile& file) {
  Found found;
  found.layout = rule.layout;
  found.classifies = rule.classifies;
  for (const std::string& name : place.dictionary->names) {
    const bool own = name.starts_with(place.prefix);
    const std::string plain = own ? name.substr(place.prefix.size()) : "";
    if (!own || any_of(rule.heads, plain))
      found.dropped.push_back(name);
    else
      found.tensors.emplace_back(plain, file.tensor(*place.dictionary, name));
  }
  if (rule.numbered) call_by_name(found.tensors);
  return found;
}

/// As a whole: the dictionary's path, then the name.
std::string full_name(const Dictionary& dictionary, const std::string& name) {
  return dictionary.path.empty() ? name : dictionary.path + "." + name;
}

/// What stands before the first layer of each network that a file holds.
std::vector<std::string> prefixes_of_networks(const TorchFile& file) {
  std::vector<std::string> prefixes;
  for (const Dictionary& dictionary : file.dictionaries())
    for (const std::string& name : dictionary.names)
      for (const char* first : {"conv1.weight", "patch_embed.proj.weight"}) {
        const std::string whole = full_name(dictionary, name);
        const bool begins = name == first || name.ends_with(std::string(".") + first);
        const std::string prefix = begins ? whole.substr(0, whole.size() - std::string(first).size()) : "";
        const bool block = prefix.find("layer") != std::string::npos;  // a ResNet's blocks have a conv1 of their own
        if (begins && !block) prefixes.push_back(prefix);
      }
  return prefixes;
}

[[noreturn]] void no_rule_fits(const TorchFile& file, const std::string& layout, const std::string& which) {
  std::string text = file.file().string() + ": no network " +
                     (layout == "auto" ? "of a layout that is known here" : "in the layout \"" + layout + "\"") +
                     (which == "momentum" ? " with a moving average" : "") + "; it holds";
  size_t shown = 0;
  for (const Dictionary& each : file.dictionaries()) {
    if (shown++ == 4) break;
    text += "\n  " + (each.path.empty() ? "tensors" : "\"" + each.path + "\" with tensors") + " \"" + each.names[0] +
            "\", …, \"" + each.names.back() + "\" (" + std::to_string(each.names.size()) + ")";
  }
  if (file.dictionaries().empty()) text += " no tensor under a name";
  if (const auto all = prefixes_of_networks(file); !all.empty()) {
    text += "\n  a network begins under";
    for (const auto& prefix : all) text += (&prefix == &all.front() ? " \"prefix\": \"" : ", \"") + prefix + "\"";
  }
  throw Error(ErrorKind::data, text);
}

/// How many blocks follow one another under PREFIX0., PREFIX1., …
int64_t blocks(const std::set<std::string>& names, const std::string& prefix, const std::string& member) {
  int64_t count = 0;
  while (names.contains(prefix + std::to_string(count) + member)) ++count;
  return count;
}

Json guess_resnet(const std::set<std::string>& names, const at::Tensor& stem) {
  std::vector<int64_t> stages;
  for (int stage = 1; stage <= 4; ++stage)
    stages.push_back(blocks(names, "layer" + std::to_string(stage) + ".", ".conv1.weight"));
  const bool wide = names.contains("layer1.0.conv3.weight");
  const auto is = [&](std::vector<int64_t> expected, bool bottleneck) {
    return stages == expected && wide == bottleneck;
  };
  Json guess;
  if (is({2, 2, 2, 2}, false)) guess["type"] = "resnet18";
  if (is({3, 4, 6, 3}, false)) guess["type"] = "resnet34";
  if (is({3, 4, 6, 3}, true)) guess["type"] = "resnet50";
  if (is({3, 4, 23, 3}, true)) guess["type"] = "resnet101";
  if (guess.is_null()) return guess;
  guess["stem"] = stem.size(2) == 7 ? "imagenet" : "small";
  if (stem.size(0) != 64) guess["width"] = stem.size(0);
  return guess;
}

Json guess_vit(const std::set<std::string>& names, const at::Tensor& patch) {
  const int64_t dim = patch.size(0), depth = blocks(names, "blocks.", ".norm1.weight");
  if (dim != 192 && dim != 384) return {};
  Json guess{{"type", dim == 192 ? "vit_tiny" : "vit_small"}, {"patch", patch.size(2)}};
  if (depth != 12) guess["depth"] = depth;
  return guess;
}

}  // namespace

std::vector<std::string> layouts() {
  std::vector<std::string> names{"auto"};
  for (const Rule& rule : rules())
    if (std::find(names.begin(), names.end(), rule.layout) == names.end()) names.emplace_back(rule.layout);
  return names;
}

Found find_network(const TorchFile& file, const std::string& layout, const std::string& which) {
  for (const Rule& rule : rules()) {
    if (layout != "auto" && layout != rule.layout) continue;
    if (which == "momentum" && !rule.momentum) continue;
    const bool average = which == "momentum";
    const bool own_prefix = average && rule.layout != std::string("timm");
    for (const auto& prefix : wrapped(own_prefix ? rule.momentum : rule.prefix, average))
      if (const Place place = place_of(rule, prefix, file, which); place.dictionary) return take(rule, place, file);
  }
  no_rule_fits(file, layout, which);
}

Found find_under(const TorchFile& file, const std::string& prefix) {
  for (const Dictionary& dictionary : file.dictionaries()) {
    const std::string path = dictionary.path.empty() ? "" : dictionary.path + ".";
    for (const std::string& own : {prefix, prefix.starts_with(path) ? prefix.substr(path.size()) : prefix})
      if (const Place place{&dictionary, own}; begins_a_network(place))
        return take({"prefix", "", "", nullptr, {}, true}, place, file);
  }
  const auto all = prefixes_of_networks(file);
  const std::string near = nearest(prefix, all);
  std::string text = file.file().string() + ": no network begins under \"prefix\": \"" + prefix + "\"";
  if (!near.empty()) text += "; " + did_you_mean(near);
  for (const auto& each : all) text += (&each == &all.front() ? "\n  there are: \"" : ", \"") + each + "\"";
  throw Error(ErrorKind::data, text);
}

Json guess_architecture(const TensorList& tensors) {
  std::set<std::string> names;
  for (const auto& [name, value] : tensors) names.insert(name);
  for (const auto& [name, value] : tensors) {
    if (name == "conv1.weight" && value.dim() == 4) return guess_resnet(names, value);
    if (name == "patch_embed.proj.weight" && value.dim() == 4) return guess_vit(names, value);
  }
  return {};
}

}  // namespace retort::checkpoint
