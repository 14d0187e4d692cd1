#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/results/result_name.h"
#include "cli/results/results.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "events/view.h"

namespace retort {
namespace {

/// Lines of a key text, each with what leads it. Digests of single files of the code ("  FILE 4af1…", below a
/// line "code") are counted unless they are asked for.
void print_key_text(const std::string& text, bool code) {
  size_t files = 0;
  const auto say_files = [&] {
    if (files > 0)
      std::cout << "    code of " << files << (files == 1 ? " file" : " files") << " (--code lists "
                << (files == 1 ? "it" : "them") << ")\n";
    files = 0;
  };
  for (size_t from = 0, end; (end = text.find('\n', from)) != std::string::npos; from = end + 1) {
    const std::string line = text.substr(from, end - from);
    if (!code && line.rfind("  ", 0) == 0) {
      files += line.find(" flags ") == std::string::npos;
      continue;
    }
    say_files();
    std::cout << "  " << line << '\n';
  }
  say_files();
}

void print(const Record& record, const Store& store, bool code) {
  std::cout << "key        " << record.key << "\ntype       " << record.type << '\n';
  for (const char* name : {"node", "created", "host", "device", "card", "processor", "build", "run", "imported"})
    if (record.about.contains(name))
      std::cout << name << std::string(11 - std::string(name).size(), ' ') << record.about[name].get<std::string>()
                << '\n';
  if (!record.from.empty()) std::cout << "store      " << record.from << '\n';
  if (record.about.contains("carried")) {
    const Json& carried = record.about["carried"];
    std::cout << "carried    from " << carried.value("from", "") << ", " << carried.value("at", "") << ", "
              << carried.value("how", "") << '\n';
    for (const auto& one : carried.value("code", Json::array()))
      std::cout << "  code   of " << one.value("of", "") << ": " << one.value("before", "") << " -> "
                << one.value("after", "") << '\n';
    for (const auto& one : carried.value("proofs", Json::array()))
      std::cout << "  proof  of " << one.value("of", "") << ": equal bytes " << one.value("bytes", "") << '\n';
  }
  for (const auto& text : warnings_of(record)) std::cout << "warning    " << text << '\n';
  std::cout << "seconds    " << duration_text(record.about.value("seconds", 0.0)) << '\n';
  for (const auto& [port, output] : record.outputs) {
    std::cout << "output     " << port << " (" << output.kind << ") " << output.digest << '\n';
    if (!output.meta.empty()) std::cout << "  meta   " << output.meta.dump() << '\n';
    for (const auto& file : output.files)
      std::cout << "  file   " << file.name << ", " << size_text(file.size) << ", "
                << (file.inlined ? "in the record" : store.locate(file.digest).string()) << '\n';
  }
  std::cout << "made from\n";
  print_key_text(record.key_text, code);
}

int run(const Words& words) {
  Words names;
  std::string store_option;
  bool json = false, all_code = false;
  Options options("show", "Shows one result: when and where it was made, its files, and the key text it was made from.",
                  kResultNames);
  options.arguments("[GRAPH] RESULT", names, "the result, with or without the graph whose node it is");
  options.value("--store", store_option, "folder of results");
  options.flag("--code", all_code, "list every file of the code with its digest");
  options.flag("--json", json, "print the record as JSON");
  if (const auto code = options.parse(words)) return *code;
  if (names.empty() || names.size() > 2)
    throw Error(ErrorKind::user, "show takes a result: GRAPH NODE, NODE, RUN/NODE or the first digits of a key");
  const Store store = open_store(store_option);
  const Record record = ResultNames(store).find(names);
  if (json) {
    const std::string text = to_text(record);
    std::cout << Json::parse(text.substr(0, text.find('\n'))).dump(1) << '\n';
  } else {
    print(record, store, all_code);
  }
  return kDone;
}

}  // namespace

extern const Command show_command = {"", "show", "Show one result: what it was made from, its files, its key text",
                                     run};

}  // namespace retort
