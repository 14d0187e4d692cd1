#pragma once
// A node type: one step of a graph. It reads its inputs, writes its outputs, and says how it is getting on.
#include <filesystem>
#include <memory>
#include <string>

#include "sdk/artifact.h"
#include "sdk/component.h"
#include "sdk/plugin.h"

namespace retort {

/// What the engine lends a node while it runs. Thread-safe.
class RETORT_API Run {
 public:
  virtual ~Run() = default;
  virtual std::string device() const = 0;     ///< "cpu" or "cuda"; one card is visible, as device 0
  virtual std::string precision() const = 0;  ///< "float32" or "bfloat16"
  virtual int threads() const = 0;            ///< arithmetic threads; already set for libtorch
  virtual uint64_t seed() const = 0;

  /// `done` of `total` steps; cheap, rate-limited by the engine.
  virtual void progress(int64_t done, int64_t total) = 0;
  /// One point of a curve: epoch or iteration, and a value. Kept in the run's event log.
  virtual void metric(const std::string& name, int64_t step, double value) = 0;
  /// A line for people; kept with the attempt.
  virtual void log(const std::string& line) = 0;
  virtual void warn(const std::string& line) = 0;
  /// Throws Error(cancelled) once the run was asked to stop, and Error(plugin) if somebody wrote into the plugin's
  /// library meanwhile. Call it every step.
  virtual void stop_if_cancelled() = 0;

  /// Seed of a stream of random numbers: a function of the seed, the node's type and these names, never of the order of
  /// calls. A resumed run draws what the uninterrupted one would.
  uint64_t stream(const std::string& purpose, uint64_t epoch = 0, uint64_t step = 0) const;

  /// A component described by an artifact ({"type", "params", …}: the `origin()` of the one that wrote it), made and
  /// bound here: how a consumer gets the network behind some weights. Throws Error(plugin) if no plugin of that name is
  /// there.
  virtual std::unique_ptr<Plugin> component(const std::string& kind, const Json& origin) = 0;

  /// A private folder for files a node may save while it runs and find again after it was killed. Empty at first;
  /// gone after success; never taken for a result. Write with Checkpoint (sdk/checkpoint.h).
  virtual std::filesystem::path checkpoint_folder() const = 0;

 protected:
  virtual std::string stream_name() const = 0;  ///< the node's type
};

/// Seed of a stream, without a Run: SHA-256 of the parts, first eight bytes.
RETORT_API uint64_t stream_seed(uint64_t seed, const std::string& who, const std::string& purpose, uint64_t epoch,
                                uint64_t step);

class RETORT_API Node : public Plugin {
 public:
  static constexpr const char* kKind = "node";
  /// Reads inputs, writes outputs. May throw Error; a returned run is published. [worker, once a job]
  virtual void run(Run& run) = 0;
};

}  // namespace retort
