#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/results/results.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "core/system_text.h"
#include "events/event_log.h"
#include "store/check.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Share of the objects: "10" or "10%" is a tenth.
double share(const std::string& text) {
  if (text.empty()) return 1;
  char* end = nullptr;
  const double percent = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || (*end != '\0' && std::string(end) != "%") || !(percent > 0 && percent <= 100))
    throw Error(ErrorKind::user, "--sample is \"" + text + "\"; it is a percentage above 0 and up to 100");
  return percent / 100;
}

/// Lines of event logs that cannot be read. Nothing is lost by them but what a log would show.
std::vector<std::string> log_problems(const Store& store) {
  std::vector<std::string> problems;
  std::error_code none;
  for (const auto& run : fs::directory_iterator(store.runs(), none)) {
    const fs::path file = run.path() / kEventsFile;
    if (fs::exists(file, none) && !has_writer(file)) read_events(file, nullptr, &problems);
  }
  return problems;
}

void print(const CheckReport& report, const std::vector<std::string>& problems) {
  for (const auto& one : report.damage)
    std::cout << one.what << (one.set_aside ? "" : " (it could not be moved to trash/)") << '\n';
  for (const auto& one : report.unread) std::cout << one << " (left as it is: nothing is known of its bytes)\n";
  for (const auto& one : report.again) std::cout << "will be computed again when it is wanted: " << one << '\n';
  for (const auto& problem : problems) std::cout << "log: " << problem << '\n';
  std::cout << report.records << " records, " << report.objects_read << " of " << report.objects << " objects ("
            << size_text(report.bytes_read) << ") read: "
            << (report.damage.empty() ? std::string(report.unread.empty() ? "all are whole" : "what was read is whole")
                                      : std::to_string(report.damage.size()) + " damaged")
            << '\n';
  if (report.orphans > 0)
    std::cout << report.orphans << (report.orphans == 1 ? " object belongs" : " objects belong") << " to no result ("
              << size_text(report.orphan_bytes) << "); retort gc takes them\n";
}

Json to_json(const CheckReport& report, const std::vector<std::string>& problems) {
  Json damage = Json::array();
  for (const auto& one : report.damage) damage.push_back({{"what", one.what}, {"set_aside", one.set_aside}});
  return {{"damage", damage},
          {"unread", report.unread},
          {"again", report.again},
          {"log_problems", problems},
          {"records", report.records},
          {"objects", report.objects},
          {"objects_read", report.objects_read},
          {"bytes_read", report.bytes_read},
          {"orphans", report.orphans},
          {"orphan_bytes", report.orphan_bytes}};
}

int run(const Words& words) {
  std::string sample, store_option;
  bool json = false;
  Options options("fsck", "Reads the whole store and sets aside what is damaged, so that it is computed again.",
                  "Exit code 0: all is whole; 3: damage was found and set aside; 4: it could not be, or something "
                  "could not be read.");
  options.value("--sample", sample, "read only this percentage of the objects, chosen at random; records always all");
  options.value("--store", store_option, "folder of results");
  options.flag("--json", json, "print as JSON");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  const CheckReport report = check_store(store, share(sample));
  const auto problems = log_problems(store);
  if (json) {
    std::cout << dump_text(to_json(report, problems), 1) << '\n';
  } else {
    print(report, problems);
  }
  if (!report.unread.empty()) return kStoreFailed;
  return report.damage.empty() ? kDone : report.can_go_on() ? kWorkToDo : kStoreFailed;
}

}  // namespace

extern const Command fsck_command = {"", "fsck", "Read the whole store and set aside what is damaged", run};

}  // namespace retort
