#pragma once
// Which tensors of a published file are the backbone, and what they are called in torchvision: one table of rules
// (SSL.md 6.1). A rule names where the dictionary lies, the prefix that is removed, and what beside it is a head.
#include <string>
#include <vector>

#include "checkpoint/torch_file.h"

namespace retort::checkpoint {

struct Found {
  std::string layout;                ///< the rule that fitted: "moco", "dino", …
  TensorList tensors;                ///< under torchvision's (or timm's) names, as saved
  bool classifies = false;           ///< the head is a classifier's, not a projector's
  std::vector<std::string> dropped;  ///< names in the file that the rule leaves out: heads, queues, other networks
};

/// Names of the rules, "auto" first.
std::vector<std::string> layouts();

/// Takes the network out by the named rule, or by the first that fits ("auto"). Where a file holds a trained network
/// and its moving average, `which` is "live", "momentum", or "auto": what the method itself evaluates (DINO's teacher,
/// else the live one). Throws Error(data) listing what the file holds when no rule fits.
Found find_network(const TorchFile& file, const std::string& layout, const std::string& which);

/// Takes the network out whose tensors have names that begin with `prefix` ("backbone.", also with the path of its
/// dictionary before: "state_dict.backbone."), whatever wrote it. Throws Error(data) with the prefixes there are.
Found find_under(const TorchFile& file, const std::string& prefix);

/// What network a set of names and shapes is, as a component: {"type": "resnet50", "stem": "imagenet", …}; null if it
/// is none of ours.
Json guess_architecture(const TensorList& tensors);

}  // namespace retort::checkpoint
