// Synthesises images from trained networks: descends from noise or real images to a low objective, in batches that
// match a teacher's BatchNorm statistics (SRe2L, NeurIPS 2023; SC-DD, arXiv 2404.07976; METHODS.md 1.6). What makes the
// methods of this family differ (losses, views, start, teachers, stages) is components and parameters.
#include "core/error.h"
#include "core/files.h"
#include "kept.h"
#include "recover/storage.h"
#include "train/report.h"
#include "vision/draw.h"

namespace {

using namespace retort;
using namespace retort::recover;

class Recover final : public Node {
 public:
  void declare(Declare& d) override {
    d.about("Synthesise a few images per class from trained networks");
    d.inputs("teachers", teachers_, "classifier",
             "Frozen networks that judge the images; the first one's constants are the images'");
    d.output("images", images_, "images", "The recovered images").facts_of("teachers");
    d.output("metrics", metrics_, "metrics", "Losses at the end, and what it cost");
    d.output("curves", curves_, "curves", "Each loss over the iterations, mean over batches");
    d.param("per_class", per_class_, "Images of each class").at_least(1);
    d.param("iterations", settings_.iterations, "Steps for each image; 0 leaves the start as it is").at_least(0);
    d.param("lr", settings_.lr, "Adam's step in normalised space").greater_than(0);
    d.param("betas", betas_, "Adam's two momenta").between(0, 1);
    d.param("schedule", settings_.schedule, "Learning rate over the iterations; cosine falls to 0")
        .one_of({"cosine", "constant"});
    d.param("batch", batch_, "Images whose BatchNorm statistics are matched together").at_least(1);
    d.param("layout", layout_, "Which images share a batch").one_of({"one_image_a_class", "class_major", "mixed"});
    d.param("groups_at_once", groups_at_once_,
            "Batches that run as one forward, which is faster and equal up to rounding; 0: as many as make about 100 "
            "images")
        .at_least(0);
    d.param("image_size", image_size_, "Side of the images; absent: the first teacher's").at_least(1);
    d.param("clip", settings_.clip, "Keep the images in the range of pixels after each step");
    d.param("quantize", quantize_, "How floating pixels become bytes; the published scripts truncate")
        .one_of({"truncate", "round"});
    storage_.declare(d);
    d.component("losses", losses_, "What is lowered");
    d.param(
         "balance", balance_,
         "Indices of two losses, [0, 1]: in each step and batch the second gets, instead of its weight, the one that "
         "makes its gradient balance_ratio times as long as the first's")
        .at_least(0)
        .neutral(Json::array());
    d.param("balance_ratio", balance_ratio_, "With balance: length of the second gradient in units of the first")
        .greater_than(0)
        .neutral(1);
    d.component("init", init_, "What the images start from");
    d.component("views", views_, "What the teachers are shown of the images, one after the other");
    d.component("teacher_schedule", schedule_, "Which teachers judge when");
    d.component("stages", stages_, "Stages with resolutions of their own");
    d.component("prepare", prepare_, "Changes to the teachers before each batch");
    d.proof(R"({"params": {"per_class": 2, "iterations": 3, "batch": 2},
      "inputs": {"teachers": [{"type": "pretrain.supervised",
        "params": {"network": {"type": "resnet18", "width": 4}, "epochs": 1, "batch": 8},
        "inputs": {"data":
        {"type": "dataset.shapes", "params": {"classes": 2, "per_class": 8, "size": 16}, "output": "train"}}}]}})");
    d.random();
    d.numeric();
  }

  void run(Run& run) override {
    check();
    if (run.precision() != "float32") run.warn("recover computes in float32: the statistics it matches need it");
    Teachers teachers(teachers_, run);
    const int64_t size = side(teachers);
    const auto classes = static_cast<int64_t>(teachers.classes().size());
    const auto batches = lay_out(layout_, classes, per_class_, batch_, vision::make_generator(run.stream("layout")));
    const auto chunks = chunks_of(batches, groups_at_once(batches));

    settings_.beta1 = betas_[0];
    settings_.beta2 = betas_[1];
    settings_.log_every = std::max<int64_t>(1, settings_.iterations / 50);
    Objective objective(run, teachers, losses_, views_, *schedule_, settings_.iterations, balance());
    init_->prepare(run);
    if (settings_.iterations > 0) objective.start(static_cast<int64_t>(batches.size()), size);
    const auto stages = stages_->stages(settings_.iterations, size);
    Loop loop(run, objective, teachers.normalization(), teachers.device(), stages, settings_);
    Kept kept(run.checkpoint_folder());

    std::vector<at::Tensor> pixels, labels;
    auto curves = no_curves(objective, loop);
    for (size_t c = 0; c < chunks.size(); ++c) {
      const auto own_labels = labels_of(batches, chunks[c]);
      auto finished = kept.chunk(c);
      if (finished) {
        restore(losses_, finished->losses);
      } else {
        finished = recover_chunk(run, teachers, objective, loop, kept, stages, batches, chunks, c);
        kept.keep(c, *finished);
      }
      pixels.push_back(finished->pixels);
      labels.push_back(own_labels);
      curves += finished->curves;
    }
    curves /= static_cast<double>(batches.size());
    write(teachers, objective, loop, at::cat(pixels), at::cat(labels), curves);
    if (settings_.iterations > 0) doubt(run, objective, curves);
  }

 private:
  void check() {
    if (betas_.size() != 2) throw Error(ErrorKind::user, "\"betas\" is a pair of numbers");
    if (losses_.size() == 0 && settings_.iterations > 0) throw Error(ErrorKind::user, "\"losses\" is empty");
  }

  std::optional<Balance> balance() const {
    if (balance_.empty()) return std::nullopt;
    return Balance(balance_, balance_ratio_);
  }

  static at::Tensor no_curves(const Objective& objective, const Loop& loop) {
    return at::zeros({static_cast<int64_t>(objective.names().size()), loop.points()}, at::kDouble);
  }

  void doubt(Run& run, const Objective& objective, const at::Tensor& curves) {
    std::vector<double> last;
    for (size_t i = 0; i < objective.losses(); ++i) last.push_back(curves[static_cast<int64_t>(i)][-1].item<double>());
    const std::string settings = "a smaller \"weight\" of what stands beside cross entropy, more \"iterations\" (" +
                                 std::to_string(settings_.iterations) + "), a larger \"lr\" (" +
                                 Json(settings_.lr).dump() + ")";
    if (const std::string text = objective.doubt_at_end(last, settings); !text.empty()) run.warn(text);
    for (const auto& place : objective.never_evaluated())
      run.warn(place +
               " was never evaluated: \"teacher_schedule\" asks none of the teachers that its \"teachers\" lists");
  }

  int64_t side(const Teachers& teachers) const { return image_size_.value_or(teachers.first().image_size()); }

  /// A preparation gives each batch a teacher of its own, so that no two can share a forward.
  int64_t groups_at_once(const std::vector<Batch>& batches) {
    if (prepare_.size() > 0) return 1;
    if (groups_at_once_ > 0) return groups_at_once_;
    return std::max<int64_t>(1, kImagesAtOnce / static_cast<int64_t>(batches.front().labels.size()));
  }

  static at::Tensor labels_of(const std::vector<Batch>& batches, const Chunk& chunk) {
    std::vector<int64_t> labels;
    for (int64_t b = chunk.first; b < chunk.first + chunk.groups; ++b)
      labels.insert(labels.end(), batches[static_cast<size_t>(b)].labels.begin(),
                    batches[static_cast<size_t>(b)].labels.end());
    return at::tensor(labels, at::kLong);
  }

  at::Tensor start_of(Run& run, const Teachers& teachers, const std::vector<Batch>& batches, const Chunk& chunk,
                      int64_t size) {
    std::vector<at::Tensor> parts;
    for (int64_t b = chunk.first; b < chunk.first + chunk.groups; ++b) {
      const auto& batch = batches[static_cast<size_t>(b)];
      InitBatch init;
      init.labels = at::tensor(batch.labels, at::kLong);
      init.ordinals = batch.ordinals;
      init.per_class = per_class_;
      init.channels = static_cast<int64_t>(teachers.normalization().mean.size());
      init.image_size = size;
      init.classes = &teachers.classes();
      init.normalization = teachers.normalization();
      init.generator = vision::make_generator(run.stream("init", static_cast<uint64_t>(b)));
      parts.push_back(init_->images(init));
    }
    return at::cat(parts);
  }

  Finished recover_chunk(Run& run, Teachers& teachers, const Objective& objective, Loop& loop, Kept& kept,
                         const std::vector<RecoverStage>& stages, const std::vector<Batch>& batches,
                         const std::vector<Chunk>& chunks, size_t index) {
    const auto& chunk = chunks[index];
    const auto start = start_of(run, teachers, batches, chunk, stages.front().image_size);
    // What later stages mix in is not what went through the size of the first one.
    const bool shrunk = stages.size() > 1 && stages.front().image_size != side(teachers);
    const auto initial = shrunk ? start_of(run, teachers, batches, chunk, side(teachers)) : start;
    const auto labels = labels_of(batches, chunk).to(teachers.device());
    const auto seed = run.stream("prepare", static_cast<uint64_t>(chunk.first));
    teachers.prepare(prepare_, {start.to(teachers.device()), labels, vision::make_generator(seed)});

    ChunkState state;
    state.curves = no_curves(objective, loop);
    if (auto saved = kept.load(index, losses_)) state = *saved;
    const auto enter = [&](int64_t stage, const at::Tensor& images) {
      if (stage == 0) return start;
      return stages_->enter(stages[static_cast<size_t>(stage)], images, initial.to(images.device()));
    };
    const auto save = [&](const ChunkState& where, bool now) {
      run.progress(static_cast<int64_t>(index) * settings_.iterations + where.iteration,
                   static_cast<int64_t>(chunks.size()) * settings_.iterations);
      kept.save(index, where, losses_, now ? 0 : kCheckpointSeconds);
    };
    const auto images = loop.recover(state, chunk, labels, enter, save);
    return {to_pixels(images, teachers.normalization(), quantize_), state.curves, state_of(losses_)};
  }

  void write(const Teachers& teachers, const Objective& objective, const Loop& loop, const at::Tensor& pixels,
             const at::Tensor& labels, const at::Tensor& curves) {
    LabelledImages images;
    images.images = pixels;
    images.labels = labels;
    images.classes = teachers.classes();
    images.normalization = teachers.normalization();
    storage_.write(images_, images, per_class_, "recover");

    std::map<std::string, double> metrics;
    Json lines = Json::object();  // the events went out while it ran
    for (size_t i = 0; i < objective.names().size() && settings_.iterations > 0; ++i) {
      const auto values = curves[static_cast<int64_t>(i)];
      for (int64_t p = 0; p < loop.points(); ++p) {
        const int64_t iteration = loop.iteration_of(p);
        const bool last = p == loop.points() - 1;
        if (last || iteration < settings_.iterations - 1)
          lines[objective.names()[i]].push_back({iteration, values[p].item<double>()});
      }
      const std::string& name = objective.names()[i];
      metrics[i < objective.losses() ? "loss." + name : name] = values[-1].item<double>();
    }
    write_file(curves_.file("curves.json"), lines.dump());
    metrics["images"] = static_cast<double>(images.size());
    metrics["steps"] = static_cast<double>(settings_.iterations * images.size());  // images × iterations
    train::write_metrics(metrics_, metrics);
  }

  static constexpr double kCheckpointSeconds = 30;
  static constexpr int64_t kImagesAtOnce = 100;

  Input teachers_;
  Output images_, metrics_, curves_;
  LoopSettings settings_;
  std::vector<double> betas_{0.5, 0.9};
  std::vector<int64_t> balance_;
  double balance_ratio_ = 1;
  int64_t per_class_ = 10, batch_ = 100, groups_at_once_ = 0;
  std::string layout_ = "one_image_a_class", quantize_ = "truncate";
  std::optional<int64_t> image_size_;
  Storage storage_;
  Components<RecoverLoss> losses_{R"([{"type": "cross_entropy"}, {"type": "bn_match", "weight": 0.01}])"};
  Component<RecoverInit> init_{R"({"type": "noise"})"};
  Components<RecoverView> views_;
  Component<TeacherSchedule> schedule_{R"({"type": "one"})"};
  Component<RecoverStages> stages_{R"({"type": "single"})"};
  Components<TeacherPrepare> prepare_;
};

}  // namespace

RETORT_PLUGIN(Recover, "recover")
