#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "cli/command.h"
#include "cli/files/new_file.h"
#include "cli/files/new_folder.h"
#include "cli/options.h"
#include "cli/results/result_name.h"
#include "cli/results/results.h"
#include "cli/session/plugin_places.h"
#include "cli/session/session.h"
#include "core/error.h"
#include "report/datasheet.h"
#include "store/archive.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

void write_output(const Store& store, const Record& record, const StoredOutput& output, const fs::path& below,
                  NewFolder& folder) {
  folder.write(below / "meta.json", output.meta.dump(1) + "\n");
  for (const auto& file : output.files) {
    if (file.inlined)
      folder.write(below / file.name.text(), store.read(record, file));
    else
      folder.copy(store.verified(record, file, {}), below / file.name.text());
  }
}

/// Beside the files: how they were made, as a graph that makes them again.
void write_datasheet(const Store& store, const Record& record, NewFolder& folder) {
  const Catalog catalog = Catalog::read(plugin_folders("", store.root().string()));
  const auto takes_list = [&](const std::string& type, const std::string& port) {
    const Manifest* manifest = catalog.find(type);
    const PortSpec* input = manifest ? manifest->spec.input(port) : nullptr;
    return input && input->list;
  };
  folder.write("datasheet.json", datasheet_json(store, record, RETORT_VERSION, takes_list).dump(1) + "\n");
}

/// Results that made these, as far as they are there: the record of every input's digest, and theirs.
void add_sources(const Store& store, std::vector<Record>& records) {
  std::map<std::string, Record> by_output;
  for (const auto& record : all_results(store))
    for (const auto& [port, output] : record.outputs) by_output.emplace(output.digest, record);
  std::set<std::string> added;
  for (const auto& record : records) added.insert(record.key);
  for (size_t i = 0; i < records.size(); ++i) {
    std::istringstream lines(records[i].key_text);
    for (std::string line; std::getline(lines, line);) {
      if (line.rfind("input ", 0) != 0) continue;
      const auto source = by_output.find(line.substr(line.rfind(' ') + 1));
      if (source != by_output.end() && added.insert(source->second.key).second) records.push_back(source->second);
    }
  }
}

int export_archive(const Store& store, const Words& names, const std::string& file, bool sources) {
  check_place(file, kArchiveFile);
  std::vector<Record> records = ResultNames(store).find_all(names);
  if (sources) add_sources(store, records);
  write_archive(store, records, file);
  std::cout << records.size() << (records.size() == 1 ? " result in " : " results in ") << file << '\n';
  return kDone;
}

int export_files(const Store& store, const Words& names, const fs::path& to, bool replace) {
  const auto [record, port] = ResultNames(store).find_output(names);
  if (!port.empty() && !record.outputs.count(port)) {
    std::string known;
    for (const auto& [one, output] : record.outputs) known += (known.empty() ? "" : ", ") + one;
    throw Error(ErrorKind::user, "the result has no output \"" + port + "\" (it has: " + known + ")");
  }
  NewFolder folder(to, replace, store.root());
  for (const auto& [one, output] : record.outputs)
    if (port.empty() || one == port)
      write_output(store, record, output, port.empty() && record.outputs.size() > 1 ? one.text() : "", folder);
  write_datasheet(store, record, folder);
  const auto files = folder.files();
  folder.publish();
  for (const auto& name : files) std::cout << (to / name).string() << '\n';
  if (!folder.aside().empty()) std::cerr << "what was there before is in " << folder.aside().string() << '\n';
  return kDone;
}

int run(const Words& words) {
  Words names;
  std::string archive, store_option;
  bool sources = false, replace = false;
  Options options("export", "Copies the files of a result out of the store, each checked against its digest.",
                  "RESULT FOLDER writes its files, several outputs in a folder each; tensors are safetensors files, "
                  "meta.json says what they hold. The folder is written beside its place and put there whole; one that "
                  "holds anything but an untouched export is refused. RESULT... --archive FILE writes results for "
                  "another store: retort import FILE takes them over.\n" +
                      std::string(kResultNames) + " NODE.OUTPUT names one of its outputs.");
  options.arguments("[GRAPH] RESULT FOLDER", names, "the result, with or without its graph, then where to");
  options.value("--archive", archive, "write the results into this one file instead");
  options.flag("--replace", replace, "move aside what the folder holds");
  options.flag("--with-sources", sources, "into the archive: also the results these were made from");
  options.value("--store", store_option, "folder of results");
  if (const auto code = options.parse(words)) return *code;
  if (archive.empty() && names.size() != 2 && names.size() != 3)
    throw Error(ErrorKind::user,
                "export takes a result and a folder, or results and --archive FILE; retort export "
                "--help shows how it is used");
  if (names.empty()) throw Error(ErrorKind::user, "export --archive takes the results to write");
  const Store store = open_store(store_option);
  if (!archive.empty()) return export_archive(store, names, archive, sources);
  const std::string folder = names.back();
  names.pop_back();
  return export_files(store, names, folder, replace);
}

}  // namespace

extern const Command export_command = {"", "export",
                                       "Copy an artifact's files out of the store, or results into one archive", run};

}  // namespace retort
