// A student for tables: how many of some questions it gets right, made of its text, a skill and its seed, with the
// answer to each question kept.
#include <sdk/made_of.h>
#include <sdk/node.h>

#include <cstring>
#include <fstream>

namespace {

/// A number in [0, 1) of a text: FNV-1a, then mixed.
double chance(const std::string& text) {
  uint64_t hash = 14695981039346656037ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdull;
  hash ^= hash >> 33;
  return static_cast<double>(hash >> 11) * 0x1p-53;
}

class Exam final : public retort::Node {
  double skill_ = 0.5;
  int64_t questions_ = 40;
  std::optional<int64_t> fail_at_seed_;
  retort::Input from_;
  retort::Output metrics_, predictions_;

 public:
  void declare(retort::Declare& d) override {
    d.about("Answer questions about a text");
    d.random();
    d.param("skill", skill_, "Chance that an answer is right").between(0, 1);
    d.param("questions", questions_, "Number of questions").at_least(1);
    d.param("fail_at_seed", fail_at_seed_, "The seed it cannot bear");
    d.input("from", from_, "text", "The text");
    d.output("metrics", metrics_, "metrics", "accuracy, in percent");
    d.output("predictions", predictions_, "predictions", "Logits of every question");
  }

  void run(retort::Run& run) override {
    if (fail_at_seed_ && run.seed() == static_cast<uint64_t>(*fail_at_seed_)) throw std::runtime_error("not this seed");
    std::ifstream in(from_->file("text.txt"));
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    std::string logits;
    int64_t right = 0;
    for (int64_t i = 0; i < questions_; ++i) {
      const std::string question = std::to_string(i);
      const bool known =
          chance(text + " " + question) + 0.1 * chance(question + " " + std::to_string(run.seed())) < skill_;
      right += known;
      const float pair[2] = {known ? 1.0f : -1.0f, 0.0f};
      logits.append(reinterpret_cast<const char*>(pair), sizeof pair);
    }
    const double accuracy = 100.0 * static_cast<double>(right) / static_cast<double>(questions_);
    metrics_.meta = {{"accuracy", accuracy}};
    metrics_.file("metrics.json") << metrics_.meta.dump();
    write_predictions(logits);
  }

 private:
  /// Every label is 0.
  void write_predictions(const std::string& logits) {
    const std::string labels(static_cast<size_t>(questions_) * 8, '\0');
    const size_t all = logits.size() + labels.size();
    const retort::Json header = {
        {"logits", {{"dtype", "F32"}, {"shape", {questions_, 2}}, {"data_offsets", {0, logits.size()}}}},
        {"labels", {{"dtype", "I64"}, {"shape", {questions_}}, {"data_offsets", {logits.size(), all}}}}};
    const std::string text = header.dump();
    const uint64_t length = text.size();
    char prefix[8];
    std::memcpy(prefix, &length, sizeof prefix);
    predictions_.meta = {{"count", questions_}, {"classes", 2}};
    state_made_of(predictions_, "images", *from_);
    predictions_.file("predictions.safetensors") << std::string(prefix, sizeof prefix) << text << logits << labels;
  }
};

}  // namespace

RETORT_PLUGIN(Exam, "test.exam")
