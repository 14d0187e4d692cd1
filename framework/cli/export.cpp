#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "cli/all.h"
#include "cli/options.h"
#include "cli/results.h"
#include "cli/session.h"
#include "core/error.h"
#include "core/files.h"
#include "report/datasheet.h"
#include "store/archive.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// "images.images" names an output if no node is called so.
std::pair<Record, std::string> find_output(const Store& store, const std::string& name) {
  const auto dot = name.rfind('.');
  try {
    return {find_result(store, name), ""};
  } catch (const Error&) {
    if (dot == std::string::npos) throw;
    return {find_result(store, name.substr(0, dot)), name.substr(dot + 1)};
  }
}

void write_output(const Store& store, const Record& record, const StoredOutput& output, const fs::path& folder) {
  fs::create_directories(folder);
  write_file(folder / "meta.json", output.meta.dump(1) + "\n");
  for (const auto& file : output.files) {
    const fs::path to = folder / file.name.text();
    fs::create_directories(to.parent_path());
    if (file.inlined) {
      write_file(to, store.read(record, file));
    } else {
      fs::copy_file(store.verified(record, file, {}), to, fs::copy_options::overwrite_existing);
      fs::permissions(to, fs::perms::owner_write, fs::perm_options::add);
    }
    std::cout << to.string() << '\n';
  }
}

/// Beside the files: how they were made, as a graph that makes them again.
void write_datasheet(const Store& store, const Record& record, const fs::path& folder) {
  const Catalog catalog = Catalog::read(Catalog::default_folders());
  const auto takes_list = [&](const std::string& type, const std::string& port) {
    const Manifest* manifest = catalog.find(type);
    const PortSpec* input = manifest ? manifest->spec.input(port) : nullptr;
    return input && input->list;
  };
  const fs::path file = folder / "datasheet.json";
  write_file(file, datasheet_json(store, record, RETORT_VERSION, takes_list).dump(1) + "\n");
  std::cout << file.string() << '\n';
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

int export_archive(const Store& store, const std::vector<std::string>& names, const std::string& file, bool sources) {
  std::vector<Record> records;
  for (const auto& name : names) records.push_back(find_result(store, name));
  if (sources) add_sources(store, records);
  write_archive(store, records, file);
  std::cout << records.size() << (records.size() == 1 ? " result in " : " results in ") << file << '\n';
  return kDone;
}

int export_files(const Store& store, const std::string& name, const fs::path& folder) {
  const auto [record, port] = find_output(store, name);
  if (!port.empty() && !record.outputs.count(port)) {
    std::string known;
    for (const auto& [one, output] : record.outputs) known += (known.empty() ? "" : ", ") + one;
    throw Error(ErrorKind::user, "the result has no output \"" + port + "\" (it has: " + known + ")");
  }
  for (const auto& [one, output] : record.outputs)
    if (port.empty() || one == port)
      write_output(store, record, output, port.empty() && record.outputs.size() > 1 ? folder / one.text() : folder);
  write_datasheet(store, record, folder);
  return kDone;
}

}  // namespace

int export_command(const Words& words) {
  std::vector<std::string> names;
  std::string archive, store_option;
  bool sources = false;
  Options options("export", "Copies the files of a result out of the store, each checked against its digest.",
                  "RESULT FOLDER writes its files, several outputs in a folder each; tensors are safetensors files, "
                  "meta.json says what they hold. RESULT... --archive FILE writes results for another store: retort "
                  "import FILE takes them over.");
  options.arguments("RESULT FOLDER", names, "NODE or NODE.OUTPUT or first digits of a key, then where to");
  options.value("--archive", archive, "write the results into this one file instead");
  options.flag("--with-sources", sources, "into the archive: also the results these were made from");
  options.value("--store", store_option, "folder of results");
  if (const auto code = options.parse(words)) return *code;
  if (archive.empty() && names.size() != 2)
    throw Error(ErrorKind::user,
                "export takes a result and a folder, or results and --archive FILE; retort export "
                "--help shows how it is used");
  if (names.empty()) throw Error(ErrorKind::user, "export --archive takes the results to write");
  const Store store = open_store(store_option);
  return archive.empty() ? export_files(store, names[0], names[1]) : export_archive(store, names, archive, sources);
}

}  // namespace retort
