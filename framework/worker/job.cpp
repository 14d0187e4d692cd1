#include "worker/job.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <new>
#include <optional>
#include <typeinfo>

#include "core/error.h"
#include "store/store.h"
#include "worker/job_run.h"
#include "worker/library.h"
#include "worker/proof.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// The job asks for code that this process has in an older version: another worker must do it.
class Stale : public std::exception {};

/// A scratch folder that goes when the job ends, however it ends.
class Scratch {
 public:
  explicit Scratch(const Store& store) : store_(store), folder_(store.make_scratch()) {}
  ~Scratch() { store_.drop_scratch(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  fs::path folder(const std::string& name) const {
    fs::create_directories(folder_ / name);
    return folder_ / name;
  }

 private:
  const Store& store_;
  fs::path folder_;
};

/// Output of the node's own code goes to the job's log file.
void redirect_output(const std::string& log) {
  std::fflush(nullptr);
  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  ::dup2(file, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::close(file);
}

void open_library(const std::string& library, const std::string& code) {
  open_plugin(library);
  if (opened_code(library) != code) throw Stale();
}

Artifact open_artifact(const Json& link, const Store& store, const fs::path& scratch) {
  const std::string key = link.at("key"), output = link.at("output");
  std::string damage;
  const auto record = store.find(key, &damage);
  if (!record) throw DamagedResult(key, damage.empty() ? "result " + key.substr(0, 12) + " has no record" : damage);
  const auto found = record->outputs.find(output);
  if (found == record->outputs.end())
    throw Error(ErrorKind::data,
                "result " + key.substr(0, 12) + " (" + record->type + ") has no output \"" + output + "\"");
  const StoredOutput& stored = found->second;
  if (stored.digest != link.at("digest"))
    throw DamagedResult(key, "result " + key.substr(0, 12) + " (" + record->type + "), output " + output +
                                 ": it was computed again meanwhile and has other bytes");
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

/// "2026-01-31T14:25:01.052Z"
std::string utc_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  const std::time_t now = milliseconds / 1000;
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[32], whole[48];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(whole, sizeof whole, "%s.%03dZ", text, static_cast<int>(milliseconds % 1000));
  return whole;
}

std::string host_name() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
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

/// The widest vectors that libraries may have chosen to compute with.
std::string instruction_set() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) return "avx512";
  if (__builtin_cpu_supports("avx2")) return "avx2";
  if (__builtin_cpu_supports("avx")) return "avx";
  return "sse2";
#else
  return "unknown";
#endif
}

/// A plugin that writes through streams may not notice a full disk: then nothing it wrote can be trusted.
void check_room(const fs::path& folder) {
  struct statvfs about = {};
  if (::statvfs(folder.c_str(), &about) == 0 && about.f_blocks > 0 && about.f_bavail == 0)
    throw Error(ErrorKind::store, "no space left on the disk of " + folder.string());
}

Record publish(const Json& job, Declare& declare, const Store& store, double seconds) {
  Record record;
  record.key = job.at("key");
  record.key_text = job.at("key_text");
  record.type = job.at("type");
  record.about = {{"created", utc_now()},       {"seconds", seconds},           {"host", host_name()},
                  {"device", job.at("device")}, {"build", worker_build()},      {"run", job.at("run")},
                  {"node", job.at("node")},     {"processor", processor_name()}};
  record.about["fence"] = job.at("lease").at("fence");
  if (job.contains("card")) record.about["card"] = job["card"];
  record.about["instructions"] = instruction_set();
  for (const auto& [port, links] : job.at("inputs").items())
    for (size_t i = 0; i < links.size(); ++i)
      record.about["made_from"][port + "[" + std::to_string(i) + "]"] = links[i].at("key");
  check_room(store.root());
  for (auto& port : declare.ports()) {
    Output* output = declare.output_of(port);
    if (!output || (output->names().empty() && output->meta.empty())) continue;
    record.outputs[port.spec().name] =
        store.add_output(port.spec().kind, output->meta, output->folder(), output->names());
  }
  store.commit(record, job.value("sync", false) || seconds > 1);
  return record;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : "; ") + part;
  return all;
}

void run_checked(const Json& job, Channel& channel) {
  const Store store = Store::open(job.at("store").get<std::string>());
  const Scratch scratch(store);
  ComponentFinder components{job.at("library").get<std::string>()};
  open_library(job.at("library"), job.at("code"));
  components.use(Node::kKind, job.at("type"), job.at("library"), job.at("code"));
  for (const auto& one : job.at("components")) {
    open_library(one.at("library"), one.at("code"));
    components.use(one.at("kind"), one.at("type"), one.at("library"), one.at("code"));
  }
  set_threads(job.at("threads"));

  auto plugin = make_plugin(open_plugin(job.at("library").get<std::string>()));
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

  channel.send({{"ev", "started"}});
  JobRun run(job, store, components, channel);
  const auto start = std::chrono::steady_clock::now();
  run.stop_if_cancelled();
  node->run(run);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Record record = publish(job, declare, store, seconds);
  keep_proofs(job, record, components, store, scratch.folder("proofs"));
  std::fflush(nullptr);
  channel.send({{"ev", "done"}, {"key", record.key}, {"seconds", seconds}});
}

/// libtorch appends a trace of its own frames: not for people who wrote a graph.
std::string without_trace(std::string text) {
  if (const auto at = text.find("\nException raised from"); at != std::string::npos) text.resize(at);
  return text;
}

/// libtorch's type, known by name since nothing here may include it.
bool is_device_out_of_memory(const std::exception& error) {
  return std::string(typeid(error).name()).find("OutOfMemoryError") != std::string::npos;
}

}  // namespace

void run_job(const Json& job, Channel& channel) {
  const auto failed = [&](ErrorKind kind, const std::string& text, const std::string& damaged = "") {
    std::fprintf(stderr, "failed (%s): %s\n", name_of(kind), text.c_str());
    std::fflush(nullptr);
    Json event = {{"ev", "failed"}, {"kind", name_of(kind)}, {"text", without_trace(text)}};
    if (!damaged.empty()) event["key"] = damaged;
    channel.send(event);
  };
  try {
    redirect_output(job.at("log"));
    run_checked(job, channel);
  } catch (const Stale&) {
    channel.send({{"ev", "stale"}});
  } catch (const DamagedResult& error) {
    failed(error.kind(), error.what(), error.key());
  } catch (const Error& error) {
    failed(error.kind(), error.what());
  } catch (const std::bad_alloc&) {
    failed(ErrorKind::memory, "host memory ran out");
  } catch (const fs::filesystem_error& error) {
    failed(ErrorKind::store, error.what());
  } catch (const std::exception& error) {
    failed(is_device_out_of_memory(error) ? ErrorKind::device_memory : ErrorKind::internal, error.what());
  } catch (...) {
    failed(ErrorKind::internal, "the plugin threw something that is no std::exception");
  }
}

}  // namespace retort
