#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/results/results.h"
#include "cli/session/session.h"
#include "store/archive.h"

namespace retort {
namespace {

int run(const Words& words) {
  std::string file, store_option;
  Options options(
      "import", "Takes results over from an archive that `retort export --archive` wrote.",
      "Every record and every byte is checked; a result that is damaged in the archive is left out, and the "
      "exit code is 1 then.");
  options.argument("FILE", file, "the archive");
  options.value("--store", store_option, "folder of results");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  const ImportReport report = read_archive(store, file);
  uint64_t bytes = 0;
  for (const auto& record : report.imported) bytes += size_of(record);
  for (const auto& text : report.refused) std::cerr << "damaged, left out: " << text << '\n';
  std::cout << report.imported.size() << (report.imported.size() == 1 ? " result" : " results") << " imported ("
            << size_text(bytes) << "), " << report.already << " already there\n";
  return report.refused.empty() ? kDone : kNodeFailed;
}

}  // namespace

extern const Command import_command = {"", "import", "Take results over from an archive", run};

}  // namespace retort
