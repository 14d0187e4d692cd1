#include "worker/job.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>

#include "core/clock.h"
#include "core/error.h"
#include "core/guarded_folder.h"
#include "core/system_text.h"
#include "kinds/check.h"
#include "log/log.h"
#include "store/lease.h"
#include "store/store.h"
#include "worker/failure.h"
#include "worker/finished_output.h"
#include "worker/instructions.h"
#include "worker/job_checkpoints.h"
#include "worker/job_log.h"
#include "worker/job_run.h"
#include "worker/library.h"
#include "worker/proof.h"
#include "worker/work_place.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// A scratch folder that goes when the job ends, however it ends. Most small jobs write no files: whoever does makes
/// the folders first.
class Scratch {
 public:
  explicit Scratch(WorkPlace& place) : folder_(place.new_folder()) {}
  ~Scratch() { remove_tree(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path folder(const std::string& name) const { return folder_ / name; }

 private:
  fs::path folder_;
};

/// Tries of one job share its log.
void announce(const Json& job) {
  if (job.value("attempt", 1) > 1) std::fprintf(stderr, "--- try %d ---\n", job["attempt"].get<int>());
}

/// An earlier version may have written less than this one does: what its readers cannot do without is asked for here.
void check_kept(const std::string& key, const std::string& type, const std::string& output,
                const StoredOutput& stored) {
  const auto breaches = breaches_of(stored.kind, stored.meta, names_of(stored.files), MadeBy::store);
  if (!breaches.empty())
    throw Error(ErrorKind::data, "result " + key.substr(0, 12) + " (" + type + "), output \"" + output +
                                     "\": " + breaches[0] + "; another version or program made it: make it again");
}

Artifact open_artifact(const Json& link, const Store& store, const fs::path& scratch) {
  const std::string key = link.at("key"), output = link.at("output");
  std::string damage;
  const auto record = store.find(key, &damage, RecordParts::outputs);
  if (!record) throw DamagedResult(key, damage.empty() ? "result " + key.substr(0, 12) + " has no record" : damage);
  const auto found = record->outputs.find(output);
  if (found == record->outputs.end())
    throw Error(ErrorKind::data,
                "result " + key.substr(0, 12) + " (" + record->type + ") has no output \"" + output + "\"");
  const StoredOutput& stored = found->second;
  if (stored.digest != link.at("digest").get<std::string>())
    throw DamagedResult(key, "result " + key.substr(0, 12) + " (" + record->type + "), output " + output +
                                 ": it was computed again meanwhile and has other bytes");
  check_kept(key, record->type, output, stored);
  Artifact artifact{stored.kind, stored.digest, stored.meta, {}};
  for (const auto& file : stored.files) artifact.files[file.name] = store.verified(*record, file, scratch);
  return artifact;
}

/// Fills the inputs of the node (`prefix` empty) or of one component ("init.").
void open_inputs(Declare& declare, const std::string& prefix, const Json& job, const Store& store,
                 const Scratch& scratch) {
  for (auto& port : declare.ports()) {
    Input* input = declare.input_of(port);
    const std::string name = prefix + port.spec().name;
    if (!input || !job.at("inputs").contains(name)) continue;
    std::vector<Artifact> artifacts;
    for (const auto& link : job["inputs"][name])
      artifacts.push_back(
          open_artifact(link, store, scratch.folder("in-" + name + "-" + std::to_string(artifacts.size()))));
    input->set(std::move(artifacts));
  }
}

const std::string& host_name() {
  static const std::string host = [] {
    char name[256] = "";
    ::gethostname(name, sizeof name - 1);
    return std::string(name);
  }();
  return host;
}

/// Equality bit for bit is promised only where this is equal.
const std::string& processor_name() {
  static const std::string name = [] {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
      if (line.rfind("model name", 0) == 0) return line.substr(line.find(": ") + 2);
    return std::string("unknown");
  }();
  return name;
}

Json about(const Json& job, double seconds) {
  Json about = Json::object();
  about["created"] = utc_now_milliseconds();
  about["seconds"] = seconds;
  about["host"] = host_name();
  about["device"] = job.at("device");
  about["build"] = worker_build();
  about["run"] = job.at("run");
  about["node"] = job.at("node");
  about["processor"] = processor_name();
  about["instructions"] = instructions();
  if (job.contains("card")) about["card"] = job["card"];
  return about;
}

/// The lease of a job that stores something; of one that does not, nothing.
std::optional<Lease> lease_of(const Json& job, int descriptor) {
  if (!job.contains("lease")) return std::nullopt;
  return Lease::received(job["lease"], descriptor);
}

[[noreturn]] void give_way() {
  throw Error(ErrorKind::lost, "this process did not run for so long that another took over its work");
}

Record publish(const Json& job, Declare& declare, const Store& store, const Lease& lease, const JobRun& run,
               double seconds) {
  Record record;
  record.key = job.at("key").get<std::string>();
  record.key_text = job.at("key_text");
  record.type = job.at("type");
  record.about = about(job, seconds);
  record.about["fence"] = lease.fence();
  if (const auto warnings = run.warnings(); !warnings.empty()) record.about["warnings"] = warnings;
  for (const auto& [port, links] : job.at("inputs").items())
    for (size_t i = 0; i < links.size(); ++i)
      record.about["made_from"][port + "[" + std::to_string(i) + "]"] = links[i].at("key");
  for (auto& port : declare.ports()) {
    Output* output = declare.output_of(port);
    if (!output || is_empty(*output)) continue;
    const auto& files = finished(port.spec(), *output);
    record.outputs[port.spec().name] =
        store.add_output(port.spec().kind, with_text(output->meta), output->folder(), files);
  }
  if (!lease.is_mine() || !store.commit(record, job.value("sync", false) || seconds > 1)) give_way();
  return record;
}

/// What each output would be in the store: for jobs that store nothing.
Json described(Declare& declare) {
  Json outputs = Json::object();
  for (auto& port : declare.ports()) {
    Output* output = declare.output_of(port);
    if (!output || is_empty(*output)) continue;
    Json files = Json::object();
    for (const auto& file : finished(port.spec(), *output)) files[file.name] = file.digest;
    outputs[port.spec().name] = {{"meta", output->meta}, {"files", files}};
  }
  return outputs;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : "; ") + part;
  return all;
}

/// Whatever came of it, StaleCode if its code was written to meanwhile. What it saved is then worth nothing either.
void run_node(Node& node, JobRun& run, const JobCheckpoints& checkpoints) {
  const auto check = [&] {
    try {
      check_code_in_memory();
    } catch (const StaleCode&) {
      checkpoints.drop();
      throw;
    }
  };
  try {
    node.run(run);
  } catch (...) {
    check();
    throw;
  }
  check();
}

fs::path library_of(const Json& one) { return bytes_of(one.at("library").get<std::string>()); }

void run_checked(const Channel::Job& asked, Channel& channel) {
  const Json& job = asked.job;
  const auto lease = lease_of(job, asked.lease);
  WorkPlace& place = WorkPlace::at(bytes_of(job.at("store").get<std::string>()));
  const Store& store = place.store();
  const Scratch scratch(place);
  const fs::path library = library_of(job);
  ComponentFinder components(library, asked.plugins);
  const PluginDescriptor& descriptor = open_plugin(library, job.at("code"));
  components.use(Node::kKind, job.at("type"), library, job.at("code"));
  for (const auto& one : job.at("components")) {
    open_plugin(library_of(one), one.at("code"));
    components.use(one.at("kind"), one.at("type"), library_of(one), one.at("code"));
  }
  set_threads(job.at("threads"));
  if (job.at("device") != "cpu") be_deterministic();

  auto plugin = make_plugin(descriptor);
  auto* node = dynamic_cast<Node*>(plugin.get());
  if (!node) throw Error(ErrorKind::plugin, "\"" + job.at("type").get<std::string>() + "\" is no node type");
  Declare declare;
  node->declare_all(declare);
  if (const auto problems = declare.bind(job.at("params"), components); !problems.empty())
    throw Error(ErrorKind::user, joined(problems));
  open_inputs(declare, "", job, store, scratch);
  declare.each_component("", [&](const std::string& path, Plugin&, Declare& nested) {
    open_inputs(nested, path + ".", job, store, scratch);
  });
  for (auto& port : declare.ports())
    if (Output* output = declare.output_of(port)) output->open(scratch.folder("out-" + port.spec().name));

  log(LogLevel::debug, "worker",
      "opened " + library.string() + " and the inputs of " + job.at("node").get<std::string>());
  channel.send({{"ev", "started"}});
  const JobCheckpoints checkpoints(job, store, lease ? lease->fence() : 0, scratch.folder("checkpoints"));
  JobRun run(job, checkpoints, components, channel);
  if (const std::string extended = checkpoints.extend(); !extended.empty()) run.log(extended);
  const auto start = std::chrono::steady_clock::now();
  run.stop_if_cancelled();
  run_node(*node, run, checkpoints);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!lease)
    return channel.send(
        {{"ev", "done"}, {"key", job.at("key")}, {"seconds", seconds}, {"outputs", described(declare)}});
  checkpoints.keep_end(about(job, seconds), seconds > 1);
  const Record record = publish(job, declare, store, *lease, run, seconds);
  log(LogLevel::debug, "worker", "published " + record.key.text());
  keep_proofs(job, record, components, store, scratch.folder("proofs"));
  std::fflush(nullptr);
  channel.send({{"ev", "done"}, {"key", record.key}, {"seconds", seconds}});
}

}  // namespace

void run_job(const Channel::Job& job, Channel& channel) {
  const auto failed = [&](ErrorKind kind, const std::string& text, const std::string& damaged = "") {
    std::fprintf(stderr, "failed (%s): %s\n", name_of(kind), text.c_str());
    std::fflush(nullptr);
    Json event = {{"ev", "failed"}, {"kind", name_of(kind)}, {"text", text}};
    if (!damaged.empty()) event["key"] = damaged;
    channel.send(event);
  };
  try {
    guard(job.job.at("store").get<std::string>());  // before anything is written there: the log is the first
    redirect_output(bytes_of(job.job.at("log").get<std::string>()));
    announce(job.job);
    run_checked(job, channel);
  } catch (const StaleCode& error) {
    log(LogLevel::info, "worker", error.what());
    channel.send({{"ev", "stale"}, {"library", error.library()}});
  } catch (const DamagedResult& error) {
    failed(error.kind(), error.what(), error.key());
  } catch (const std::exception& error) {
    failed(kind_of(error), text_of(error));
  } catch (...) {
    failed(ErrorKind::internal, "the plugin threw something that is no std::exception");
  }
}

}  // namespace retort
