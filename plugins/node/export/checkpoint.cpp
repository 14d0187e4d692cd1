// A network as a file that torchvision, timm and any PyTorch program load: the names are theirs already.
#include <ATen/ATen.h>

#include "checkpoint/torch_file.h"
#include "nn/model.h"

namespace {

using namespace retort;

class ExportCheckpoint final : public Node {
  Input network_;
  Output file_;
  std::string format_ = "safetensors", prefix_;

 public:
  void declare(Declare& d) override {
    d.about("A network's weights under torchvision's names, as safetensors or as a .pt state dictionary");
    d.input("network", network_, "encoder", "What is written").also("classifier");
    d.output("file", file_, "folder", "model.safetensors or model.pt");
    d.param("format", format_, "pt is read by torch.load(weights_only=True)").one_of({"safetensors", "pt"});
    d.param("prefix", prefix_, "What every name begins with: \"module.\", \"backbone.\", …");
  }

  void run(Run& run) override {
    const auto model = nn::Model::read(*network_, run);
    TensorList tensors;
    for (const auto& each : model.weights().all()) tensors.emplace_back(prefix_ + each.name, each.value);
    const std::string name = "model." + format_;
    if (format_ == "pt")
      checkpoint::write_torch_file(file_.file(name), tensors);
    else
      write_tensors(file_.file(name), tensors, {{"format", "pt"}});
    file_.meta = {{"file", name}, {"tensors", tensors.size()}, {"normalization", model.normalization().json()}};
  }
};

}  // namespace

RETORT_PLUGIN(ExportCheckpoint, "export.checkpoint")
