#include "protocols.h"

#include <algorithm>
#include <iterator>

#include "core/error.h"

namespace retort::probe {
namespace {

struct Protocol {
  const char* name;
  double lr;
  int64_t batch;  ///< at which lr is meant
  double weight_decay;
  const char* schedule;  ///< step: a tenth after 60 and 80 of 100 epochs
  const char* optimizer = "sgd";
  bool nesterov = false;
};

constexpr Protocol kProtocols[] = {
    {"moco", 30, 256, 0, "step"},
    {"moco_cifar", 30, 512, 0, "cosine"},
    {"moco_v3", 0.1, 256, 0, "cosine"},
    {"moco_v3_vit", 3, 256, 0, "cosine"},
    {"swav", 0.3, 256, 1e-6, "cosine"},
    {"dino", 0.001, 256, 0, "cosine"},
    {"dino_resnet", 0.3, 256, 0, "cosine"},
    {"simsiam", 0.1, 256, 0, "cosine", "lars"},
    {"barlow_twins", 0.3, 256, 1e-6, "cosine"},
    {"vicreg", 0.02, 256, 1e-6, "cosine"},
    {"simclr", 0.1, 256, 1e-6, "cosine", "sgd", true},
    {"byol", 0.2, 256, 0, "cosine", "sgd", true},
    {"lightly", 0.1, 256, 0, "cosine"},
};

}  // namespace

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  for (const Protocol& each : kProtocols) names.emplace_back(each.name);
  return names;
}

void apply_protocol(const std::string& name, const train::LoopSettings& defaults, train::LoopSettings& settings) {
  std::string given;
  const auto add = [&](bool differs, const char* what) {
    if (differs) given += (given.empty() ? "" : ", ") + std::string(what);
  };
  add(settings.lr != defaults.lr, "\"lr\"");
  add(!(settings.optimizer == defaults.optimizer), "the optimiser's parameters");
  add(!(settings.schedule == defaults.schedule), "the schedule's parameters");
  if (!given.empty())
    throw Error(ErrorKind::user, "\"protocol\" \"" + name +
                                     "\" fixes optimiser, rate and schedule, and the graph gives " + given +
                                     " too: leave out one or the other");
  const Protocol& chosen = *std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                         [&](const Protocol& each) { return name == each.name; });
  settings.lr = chosen.lr * static_cast<double>(settings.batch) / static_cast<double>(chosen.batch);
  settings.optimizer.type = chosen.optimizer;
  settings.optimizer.lars = "larc";
  settings.optimizer.weight_decay = chosen.weight_decay;
  settings.optimizer.nesterov = chosen.nesterov;
  settings.schedule = {};
  settings.schedule.type = chosen.schedule;
  if (settings.schedule.type == "step")
    settings.schedule.milestones = {settings.epochs * 6 / 10, settings.epochs * 8 / 10};
}

}  // namespace retort::probe
