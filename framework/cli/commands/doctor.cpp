#include <filesystem>
#include <iostream>

#include "catalog/catalog.h"
#include "cli/command.h"
#include "cli/options.h"
#include "cli/session/plugin_places.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/files.h"
#include "core/system_text.h"
#include "sched/process_runner.h"
#include "sched/slots.h"

namespace retort {
namespace {

/// One line a fact; a bad one says what to do.
class Findings {
 public:
  void good(const std::string& what) { add(what, true); }
  void bad(const std::string& what) { add(what, false); }
  bool all_good() const { return all_good_; }
  const Json& json() const { return json_; }
  void print() const {
    for (const auto& one : json_)
      std::cout << (one["ok"].get<bool>() ? "ok    " : "FAIL  ") << one["text"].get<std::string>() << '\n';
  }

 private:
  void add(const std::string& text, bool ok) {
    json_.push_back({{"ok", ok}, {"text", text}});
    all_good_ = all_good_ && ok;
  }
  Json json_ = Json::array();
  bool all_good_ = true;
};

void check_worker(Findings& findings) {
  try {
    findings.good("worker " + ProcessRunner::beside_this_program().string());
  } catch (const Error& error) {
    findings.bad(error.what());
  }
}

void check_plugins(Findings& findings, const std::string& store) {
  const auto folders = plugin_folders("", store);
  const Catalog catalog = Catalog::read(folders);
  std::string where;
  for (const auto& folder : folders) where += (where.empty() ? "" : ", ") + folder.string();
  if (catalog.all().empty()) {
    findings.bad("no plugins in " + (where.empty() ? "any folder" : where) + ": build them, or set RETORT_PLUGIN_PATH");
  } else {
    findings.good(std::to_string(catalog.all().size()) + " plugins in " + where);
  }
  for (const Manifest* manifest : catalog.all())
    if (!manifest->refused.empty()) findings.bad("plugin " + manifest->spec.type + ": " + manifest->refused);
  for (const auto& problem : catalog.problems()) findings.bad("plugins: " + problem);
}

void check_store(Findings& findings, const std::string& option) {
  try {
    const Store store = open_store(option);
    store.drop_scratch(store.make_scratch());
    const auto space = std::filesystem::space(store.root());
    findings.good("store " + store.root().string() + ", " + std::to_string(space.available >> 30) + " GiB free");
  } catch (const Error& error) {
    findings.bad(std::string("store: ") + error.what());
  }
}

void check_data(Findings& findings) {
  const auto folder = data_home();
  std::error_code none;
  if (std::filesystem::is_directory(folder, none)) {
    findings.good("data sets in " + folder.string());
  } else {
    findings.good("no data sets yet in " + folder.string() + " (retort data fetch NAME, or set RETORT_DATA)");
  }
}

void check_devices(Findings& findings) {
  const Devices devices = find_devices();
  findings.good(std::to_string(devices.cores) + " cores, " + std::to_string(devices.cards.size()) + " CUDA devices");
}

int run(const Words& words) {
  std::string store;
  bool json = false;
  Options options("doctor", "Checks that everything a run needs is here and says what to do where it is not.");
  options.value("--store", store, "folder of results");
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  Findings findings;
  check_worker(findings);
  check_plugins(findings, store);
  check_store(findings, store);
  check_data(findings);
  check_devices(findings);
  if (json) {
    std::cout << dump_text(findings.json(), 1) << '\n';
  } else {
    findings.print();
  }
  return findings.all_good() ? kDone : kNodeFailed;
}

}  // namespace

extern const Command doctor_command = {"", "doctor", "Check that everything a run needs is here", run};

}  // namespace retort
