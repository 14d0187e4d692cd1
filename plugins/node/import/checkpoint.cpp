// A network that other programs trained: torchvision, timm, and the published files of self-supervised methods
// (SSL.md 6).
#include <ATen/ATen.h>
#include <sdk/node.h>

#include <map>

#include "checkpoint/layout.h"
#include "core/error.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/system_text.h"
#include "nn/model.h"
#include "nn/sound.h"
#include "sdk/torch/finite.h"

namespace {

using namespace retort;

class ImportCheckpoint final : public Node {
  std::string file_, prefix_, layout_ = "auto", which_ = "auto", normalization_ = "auto", unexpected_ = "refuse";
  std::vector<std::string> classes_;
  int64_t image_size_ = 224;
  Component<nn::Network> network_{R"({"type": "resnet50", "stem": "imagenet"})"};
  Output encoder_, classifier_, report_;

 public:
  void declare(Declare& d) override {
    d.about("Read a network from a file that another program saved; nothing in the file is executed");
    d.source();
    d.param("file", file_, "A .pth, .pth.tar, .pt, .ckpt or .safetensors file").required().path();
    d.component("network", network_, "The architecture the file must hold");
    d.param("layout", layout_, "Whose naming the file follows; auto: the first of these that fits")
        .one_of(checkpoint::layouts());
    d.param("prefix", prefix_,
            "What stands before the names of its tensors in the file (\"backbone.\"), for files of no layout that is "
            "known; empty: by the layout")
        .neutral("");
    d.param("which", which_,
            "Of a trained network and its moving average: live, momentum, or auto: what the method itself evaluates")
        .one_of({"auto", "live", "momentum"});
    auto constants = Normalization::names();
    constants.insert(constants.begin(), "auto");
    d.param("normalization", normalization_, "Constants it was trained with; auto: ImageNet's, of SwAV its own")
        .one_of(constants);
    d.param("image_size", image_size_, "Side of the images it was trained on").at_least(1);
    d.param("classes", classes_, "Names of the classes of its head; by default their numbers");
    d.param("unexpected", unexpected_, "What to do with tensors the network does not know")
        .one_of({"refuse", "ignore"});
    d.output("encoder", encoder_, "encoder", "The backbone").fact("image_size", {{"param", "image_size"}});
    d.output("classifier", classifier_, "classifier", "The backbone with its head, if the file holds a classifier's")
        .fact("image_size", {{"param", "image_size"}});
    d.output("report", report_, "report", "Which rule was used, and every tensor that was left out or filled in");
  }

  void run(Run& run) override {
    check_is_weights();
    const checkpoint::TorchFile file(file_);
    const auto found =
        prefix_.empty() ? checkpoint::find_network(file, layout_, which_) : checkpoint::find_under(file, prefix_);
    const std::string head = network_->head_name();
    std::map<std::string, at::Tensor> tensors;
    for (const auto& [name, value] : found.tensors)
      tensors[name] = value.is_floating_point() ? value.to(at::kFloat) : value;
    const auto weight = tensors.find(head + ".weight");
    const bool headed = found.classifies && weight != tensors.end() && weight->second.dim() == 2;

    Problems problems;
    const int64_t classes = headed ? weight->second.size(0) : 0;
    const nn::Weights weights = fit(found, tensors, classes, problems);
    refuse(found, problems);
    nn::check_sound(weights, file_name());
    const auto normalization = constants(found.layout);
    const Json trained{{"by", "import.checkpoint"}, {"layout", found.layout}};
    const std::shared_ptr<const nn::Network> network(&*network_, [](const nn::Network*) {});
    const nn::Model model(network, weights, headed ? class_names(classes) : std::vector<std::string>{}, normalization,
                          image_size_);
    model.without_head().write(encoder_, trained);
    if (headed)
      model.write(classifier_, trained);
    else
      nn::Model::absent(classifier_, file_name() +
                                         " holds no classifier: link the output \"encoder\", and put a head on "
                                         "it with probe.linear");
    report(run, found, problems);
  }

 private:
  struct Problems {
    std::vector<std::string> missing, unexpected, shapes, types, filled;
  };

  /// What is downloaded under the name of a checkpoint is often something else.
  void check_is_weights() const {
    const auto kind = kind_of_file(file_);
    if (!kind || kind->name == "a zip archive" || kind->name == "a pickle" || kind->name == "a safetensors file")
      return;
    throw Error(ErrorKind::data,
                file_ + " holds no weights: it is " + kind->name + (kind->advice.empty() ? "" : "; " + kind->advice));
  }

  std::string file_name() const { return std::filesystem::path(file_).filename().string(); }

  /// The tensors the network asks for, in its order. Counters of batches that old files lack become 0.
  nn::Weights fit(const checkpoint::Found& found, const std::map<std::string, at::Tensor>& tensors, int64_t classes,
                  Problems& problems) {
    const nn::Weights known = nn::outline(*network_, 3, image_size_, classes);
    nn::Weights weights;
    for (const auto& each : known.all()) {
      const auto it = tensors.find(each.name);
      at::Tensor value = it == tensors.end() ? at::Tensor() : it->second;
      if (!value.defined() && each.name.ends_with(".num_batches_tracked")) {
        value = at::zeros_like(each.value);
        problems.filled.push_back(each.name);
      }
      if (!value.defined())
        problems.missing.push_back("\"" + each.name + "\"");
      else if (value.sizes() != each.value.sizes())
        problems.shapes.push_back("\"" + each.name + "\" has shape " + c10::str(value.sizes()) + ", the network has " +
                                  c10::str(each.value.sizes()));
      else if (!nn::may_stand_for(value.scalar_type(), each.value.scalar_type()))
        problems.types.push_back("\"" + each.name + "\" holds whole numbers (" + at::toString(value.scalar_type()) +
                                 ")");
      else if (!each.value.is_floating_point() && not_finite(value))
        problems.types.push_back("\"" + each.name + "\" " + *not_finite(value));
      else
        weights.add(each.name, value.to(each.value.scalar_type()), each.buffer);
    }
    for (const auto& [name, value] : found.tensors)
      if (!known.contains(name)) problems.unexpected.push_back("\"" + name + "\"");
    return weights;
  }

  static std::string listed(const char* what, const std::vector<std::string>& names) {
    if (names.empty()) return "";
    std::string text = std::string("\n  ") + what + " (" + std::to_string(names.size()) + "):";
    for (size_t i = 0; i < std::min<size_t>(names.size(), 8); ++i) text += (i ? ", " : " ") + names[i];
    return text + (names.size() > 8 ? ", …" : "");
  }

  void refuse(const checkpoint::Found& found, const Problems& problems) {
    const bool tolerated = unexpected_ == "ignore" || problems.unexpected.empty();
    if (problems.missing.empty() && problems.shapes.empty() && problems.types.empty() && tolerated) return;
    std::string text =
        file_name() + " does not fit the network " + network_->origin().at("type").get<std::string>() + ":";
    text += listed("missing", problems.missing) + listed("of another shape", problems.shapes);
    if (!problems.types.empty())
      text += listed("of another type", problems.types) +
              "\n  a quantised file is worth nothing without its scales: save the network's weights as floating point";
    if (!tolerated) text += listed("unknown to the network", problems.unexpected);
    text += advice(found);
    throw Error(ErrorKind::user, text);
  }

  /// The architecture the file looks like, or the size of image its position embedding is for.
  std::string advice(const checkpoint::Found& found) const {
    const Json guess = checkpoint::guess_architecture(found.tensors);
    if (guess.is_null()) return "";
    std::string text = "\n  the file holds a " + guess.at("type").get<std::string>() + ": \"network\": " + guess.dump();
    for (const auto& [name, value] : found.tensors) {
      if (name != "pos_embed" || value.dim() != 3) continue;
      const auto side = static_cast<int64_t>(std::lround(std::sqrt(static_cast<double>(value.size(1) - 1))));
      text += ", \"image_size\": " + std::to_string(side * guess.value("patch", int64_t{16}));
    }
    return text;
  }

  Normalization constants(const std::string& layout) const {
    if (normalization_ != "auto") return Normalization::named(normalization_);
    auto constants = Normalization::named("in");
    if (layout == "swav") constants.name = "custom", constants.std[0] = 0.228;  // as its training script has it
    return constants;
  }

  std::vector<std::string> class_names(int64_t count) const {
    if (!classes_.empty() && static_cast<int64_t>(classes_.size()) != count)
      throw Error(ErrorKind::user, "\"classes\" has " + std::to_string(classes_.size()) + " names, the head of " +
                                       file_name() + " has " + std::to_string(count) + " classes");
    std::vector<std::string> names = classes_;
    for (int64_t i = 0; names.size() < static_cast<size_t>(count); ++i) names.push_back(std::to_string(i));
    return names;
  }

  void report(Run& run, const checkpoint::Found& found, const Problems& problems) {
    const Json all{{"layout", found.layout},
                   {"tensors", found.tensors.size()},
                   {"left_out", found.dropped},
                   {"ignored", problems.unexpected},
                   {"filled_in", problems.filled}};
    write_file(report_.file("report.json"), dump_text(all, 2) + "\n");
    report_.meta = {{"layout", found.layout}, {"left_out", found.dropped.size()}};
    run.log("layout " + found.layout + ": " + std::to_string(found.tensors.size()) + " tensors taken, " +
            std::to_string(found.dropped.size()) + " left out");
    if (!problems.unexpected.empty())
      run.warn(file_name() + " holds tensors the network does not know:" + listed("ignored", problems.unexpected));
  }
};

}  // namespace

RETORT_PLUGIN(ImportCheckpoint, "import.checkpoint")
