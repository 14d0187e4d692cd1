// What a network's BatchNorm layers hold, and how far noise, real and recovered images are from it: SC-DD's claim that
// self-supervised teachers have richer statistics, as numbers for any teacher. Beside the paper's L_BN stand
// differences in units of the running deviation, because L_BN alone changes when a layer is merely rescaled
// (METHODS.md 6.2).
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <sdk/node.h>

#include <cmath>
#include <cstdio>

#include "core/error.h"
#include "core/files.h"
#include "layer_chart.h"
#include "nn/freeze.h"
#include "nn/model.h"
#include "train/device.h"
#include "train/report.h"
#include "vision/data_set.h"
#include "vision/draw.h"

namespace {

using namespace retort;

/// Of one set of numbers, one a channel.
struct Summary {
  double mean = 0, median = 0, max = 0;
  static Summary of(const at::Tensor& values) {
    const at::Tensor wide = values.to(at::kCPU, at::kDouble);
    const at::Tensor sorted = std::get<0>(wide.sort());
    const int64_t n = wide.numel();
    const double median = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]).item<double>();
    return {wide.mean().item<double>(), median, wide.max().item<double>()};
  }
};

/// How far images are from the running statistics at one layer: mean over batches.
struct Distance {
  double mean = 0, var = 0;                    ///< ‖mean − running_mean‖₂ and ‖var − running_var‖₂ (METHODS.md 1.5)
  double relative_mean = 0, relative_var = 0;  ///< root mean square over channels, in units of σ and σ²
};

struct Layer {
  std::string name;
  int64_t channels = 0;
  Summary mean, var;                ///< of the running mean's size, of the running variance
  double entropy = 0;               ///< of the variances divided by their sum, in units of ln channels: 1 is even
  std::vector<Distance> distances;  ///< one a source
};

class DiagnoseBatchNorm final : public Node {
  Input model_, real_, recovered_;
  Output report_, metrics_;
  int64_t batch_ = 100, noise_ = 500, images_ = 1000;
  double first_scale_ = 10;

 public:
  void declare(Declare& d) override {
    d.about("BatchNorm statistics of a network by layer, and how far images are from them");
    d.random();
    d.numeric();
    d.input("model", model_, "encoder", "The network").also("classifier");
    d.input("real", real_, "dataset", "Real images").optional();
    d.input("recovered", recovered_, "images", "Recovered images").optional();
    d.output("report", report_, "report", "batch_norm.json, batch_norm.csv and batch_norm.svg");
    d.output("metrics", metrics_, "metrics", "Means over layers, and the BN loss of each kind of image");
    d.param("batch", batch_, "Images whose statistics are compared together").at_least(2);
    d.param("noise", noise_, "Images of N(0,1) noise; 0: none").at_least(0);
    d.param("images", images_, "At most so many of the real images").at_least(2);
    d.param("first_scale", first_scale_, "Factor of the first layer in the BN loss, as in bn_match").at_least(0);
  }

  void run(Run& run) override {
    const at::NoGradGuard no_grad;
    const auto model = nn::Model::read(*model_, run).to(train::device_of(run), at::kFloat);
    std::vector<Layer> layers;
    std::vector<std::string> sources;
    if (noise_ > 0) {
      auto random = vision::make_generator(run.stream("noise"));
      const auto channels = static_cast<int64_t>(model.normalization().mean.size());
      look(run, model, at::randn({noise_, channels, model.image_size(), model.image_size()}, random, at::kFloat),
           "noise", layers, sources);
    }
    if (real_.present()) {
      const vision::DataSet real(*real_);
      // Evenly through the set, which may be sorted by class.
      const int64_t count = std::min(images_, real.size());
      const auto spread = real.at((at::arange(count, at::kLong) * real.size()).floor_divide(count));
      look(run, model, spread.normalised(model.normalization()), "real", layers, sources);
    }
    if (recovered_.present())
      look(run, model, read_images(*recovered_).normalised(model.normalization()), "recovered", layers, sources);
    if (layers.empty()) layers = layers_of(run, model);
    write(layers, sources);
  }

 private:
  /// One batch through the network in eval mode: a tap a layer.
  std::vector<nn::BatchNormTap> taps(Run& run, const nn::Model& model, const at::Tensor& images) const {
    nn::PassOptions options;
    options.tap_batch_norm = true;
    auto found = model(images.to(train::device_of(run)), options).batch_norms;
    if (found.empty())
      throw Error(ErrorKind::user, "the network \"" + model.network().origin().value("type", "") +
                                       "\" has no BatchNorm layer: there is nothing to diagnose");
    return found;
  }

  std::vector<Layer> layers_of(Run& run, const nn::Model& model) const {
    const auto channels = static_cast<int64_t>(model.normalization().mean.size());
    std::vector<Layer> layers;
    for (const auto& tap : taps(run, model, at::zeros({2, channels, model.image_size(), model.image_size()}))) {
      const at::Tensor var = tap.running_var.to(at::kCPU, at::kDouble), share = var / var.sum();
      Layer layer{tap.name, var.numel(), Summary::of(tap.running_mean.abs()), Summary::of(var), 1, {}};
      if (layer.channels > 1)
        layer.entropy = at::special_entr(share).sum().item<double>() / std::log(static_cast<double>(layer.channels));
      layers.push_back(std::move(layer));
    }
    return layers;
  }

  void look(Run& run, const nn::Model& model, const at::Tensor& images, const char* source, std::vector<Layer>& layers,
            std::vector<std::string>& sources) const {
    if (layers.empty()) layers = layers_of(run, model);
    sources.emplace_back(source);
    for (Layer& layer : layers) layer.distances.emplace_back();
    const int64_t size = std::min(batch_, images.size(0)), batches = images.size(0) / size;
    for (int64_t i = 0; i < batches; ++i) {
      run.stop_if_cancelled();
      const auto seen = taps(run, model, images.narrow(0, i * size, size));
      for (size_t k = 0; k < seen.size(); ++k) add(layers[k].distances.back(), seen[k], static_cast<double>(batches));
    }
  }

  static void add(Distance& sum, const nn::BatchNormTap& tap, double batches) {
    const at::Tensor variance = tap.running_var.to(at::kDouble) + nn::kBatchNormEpsilon;
    const at::Tensor mean = tap.mean[0].to(at::kDouble) - tap.running_mean.to(at::kDouble);
    const at::Tensor var = tap.var[0].to(at::kDouble) - tap.running_var.to(at::kDouble);
    sum.mean += mean.norm().item<double>() / batches;
    sum.var += var.norm().item<double>() / batches;
    sum.relative_mean += (mean.square() / variance).mean().sqrt().item<double>() / batches;
    sum.relative_var += (var / variance).square().mean().sqrt().item<double>() / batches;
  }

  void write(const std::vector<Layer>& layers, const std::vector<std::string>& sources) {
    std::map<std::string, double> metrics;
    const auto count = static_cast<double>(layers.size());
    for (size_t k = 0; k < layers.size(); ++k) {
      const Layer& layer = layers[k];
      metrics["running_mean"] += layer.mean.mean / count;
      metrics["running_var"] += layer.var.mean / count;
      metrics["variance_entropy"] += layer.entropy / count;
      for (size_t i = 0; i < sources.size(); ++i) {
        const Distance& from = layer.distances[i];
        metrics["bn_loss_" + sources[i]] += (k == 0 ? first_scale_ : 1) * (from.mean + from.var);
        metrics["relative_mean_" + sources[i]] += from.relative_mean / count;
        metrics["relative_var_" + sources[i]] += from.relative_var / count;
      }
    }
    train::write_metrics(metrics_, metrics);
    write_file(report_.file("batch_norm.json"), json(layers, sources).dump(2) + "\n");
    write_file(report_.file("batch_norm.csv"), csv(layers, sources));
    write_file(report_.file("batch_norm.svg"), charts(layers, sources));
    report_.meta = {{"layers", layers.size()}, {"sources", sources}};
  }

  static Json json(const Summary& s) { return {{"mean", s.mean}, {"median", s.median}, {"max", s.max}}; }

  static Json json(const std::vector<Layer>& layers, const std::vector<std::string>& sources) {
    Json all = Json::array();
    for (const Layer& layer : layers) {
      Json from = Json::object();
      for (size_t i = 0; i < sources.size(); ++i) {
        const Distance& d = layer.distances[i];
        from[sources[i]] = {
            {"mean", d.mean}, {"var", d.var}, {"relative_mean", d.relative_mean}, {"relative_var", d.relative_var}};
      }
      all.push_back({{"layer", layer.name},
                     {"channels", layer.channels},
                     {"running_mean", json(layer.mean)},
                     {"running_var", json(layer.var)},
                     {"variance_entropy", layer.entropy},
                     {"distance", from}});
    }
    return {{"layers", all}};
  }

  static std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
  }

  static std::string csv(const std::vector<Layer>& layers, const std::vector<std::string>& sources) {
    std::string text = "layer,channels,mean_mean,mean_median,mean_max,var_mean,var_median,var_max,variance_entropy";
    for (const auto& source : sources)
      for (const char* what : {"mean", "var", "relative_mean", "relative_var"}) text += "," + source + "_" + what;
    text += "\n";
    for (const Layer& layer : layers) {
      text += layer.name + "," + std::to_string(layer.channels);
      for (const Summary* s : {&layer.mean, &layer.var})
        text += "," + number(s->mean) + "," + number(s->median) + "," + number(s->max);
      text += "," + number(layer.entropy);
      for (const Distance& d : layer.distances)
        text +=
            "," + number(d.mean) + "," + number(d.var) + "," + number(d.relative_mean) + "," + number(d.relative_var);
      text += "\n";
    }
    return text;
  }

  static std::string charts(const std::vector<Layer>& layers, const std::vector<std::string>& sources) {
    using diagnose::Series;
    std::vector<std::string> names;
    std::vector<Series> variances{{"mean", {}}, {"median", {}}, {"max", {}}}, entropy{{"entropy", {}}}, paper, relative;
    for (const auto& source : sources) paper.push_back({source, {}}), relative.push_back({source, {}});
    for (const Layer& layer : layers) {
      names.push_back(layer.name);
      variances[0].values.push_back(layer.var.mean), variances[1].values.push_back(layer.var.median);
      variances[2].values.push_back(layer.var.max);
      entropy[0].values.push_back(layer.entropy);
      for (size_t i = 0; i < sources.size(); ++i) {
        paper[i].values.push_back(layer.distances[i].mean + layer.distances[i].var);
        relative[i].values.push_back(layer.distances[i].relative_mean + layer.distances[i].relative_var);
      }
    }
    std::vector<diagnose::Chart> all{{"Running variance (logarithmic)", variances, true},
                                     {"Entropy of the variances, of 1", entropy, false}};
    if (!sources.empty()) {
      all.push_back({"BN loss of a layer (logarithmic)", paper, true});
      all.push_back({"The same in units of the running deviation (logarithmic)", relative, true});
    }
    return diagnose::svg(names, all);
  }
};

}  // namespace

RETORT_PLUGIN(DiagnoseBatchNorm, "diagnose.batch_norm")
