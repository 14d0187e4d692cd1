// A toy trainer: what every trainer does (random draws, momentum, a schedule, checkpoints, a budget), without libtorch.
#include <sdk/checkpoint.h>
#include <sdk/node.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

namespace {

constexpr size_t kWeights = 64;

class Train final : public retort::Node {
  int64_t epochs_ = 10, save_every_ = 1, milliseconds_ = 0;
  std::optional<int64_t> schedule_epochs_, warn_at_;
  std::string trace_;
  double lr_ = 0.1;
  retort::Output out_;
  std::vector<double> weights_ = std::vector<double>(kWeights, 1), momentum_ = std::vector<double>(kWeights, 0);

 public:
  void declare(retort::Declare& d) override {
    d.about("Train a toy");
    d.random();
    d.numeric();
    d.param("epochs", epochs_, "How far it goes").at_least(0).budget("schedule_epochs");
    d.param("schedule_epochs", schedule_epochs_, "Length of the cosine").at_least(1);
    d.param("lr", lr_, "Learning rate").at_least(0);
    d.param("save_every", save_every_, "Epochs between two saves").at_least(1).not_in_key();
    d.param("milliseconds", milliseconds_, "Length of an epoch").at_least(0).not_in_key();
    d.param("warn_at", warn_at_, "An epoch, from 0, that it warns of").not_in_key();
    d.param("trace", trace_, "A file that gets a line an epoch, whoever computes it").not_in_key();
    d.output("out", out_, "text", "The weights");
  }

  void run(retort::Run& run) override {
    const retort::Checkpoint checkpoint(run.checkpoint_folder());
    int64_t first = 0;
    if (const auto saved = checkpoint.load()) {
      first = saved->step;
      weights_ = numbers(saved->blobs.at("weights"));
      momentum_ = numbers(saved->blobs.at("momentum"));
      run.log("resumed at epoch " + std::to_string(first));
    }
    for (int64_t epoch = first; epoch < epochs_; ++epoch) {
      run.stop_if_cancelled();
      if (epoch == warn_at_) run.warn("epoch " + std::to_string(epoch) + " is doubtful");
      step(run, epoch);
      if (!trace_.empty()) std::ofstream(trace_, std::ios::app) << std::to_string(epoch) + "\n" << std::flush;
      if ((epoch + 1) % save_every_ == 0) checkpoint.save(epoch + 1, blobs());
      run.progress(epoch + 1, epochs_);
    }
    checkpoint.finish(epochs_, blobs());
    retort::OutputFile& out = out_.file("text.txt");
    for (const double weight : weights_) out << std::hexfloat << weight << "\n";
    out_.meta = {{"epochs", epochs_}};
  }

 private:
  void step(retort::Run& run, int64_t epoch) {
    if (milliseconds_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_));
    const double horizon = static_cast<double>(schedule_epochs_.value_or(epochs_));
    const double lr = lr_ * (1 + std::cos(M_PI * static_cast<double>(epoch) / horizon)) / 2;
    for (size_t i = 0; i < kWeights; ++i) {
      const auto draw =
          static_cast<double>(run.stream("noise", static_cast<uint64_t>(epoch), i) >> 11) / 9007199254740992.0;
      momentum_[i] = 0.9 * momentum_[i] + std::sin(weights_[i]) + draw - 0.5;
      weights_[i] -= lr * momentum_[i];
    }
  }
  std::map<std::string, std::string> blobs() const {
    return {{"weights", bytes(weights_)}, {"momentum", bytes(momentum_)}};
  }
  static std::string bytes(const std::vector<double>& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)};
  }
  static std::vector<double> numbers(const std::string& bytes) {
    std::vector<double> values(bytes.size() / sizeof(double));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
};

}  // namespace

RETORT_PLUGIN(Train, "test.train")
