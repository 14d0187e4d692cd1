#include <iostream>

#include "cli/all.h"
#include "cli/options.h"
#include "cli/results.h"
#include "cli/session.h"
#include "core/error.h"
#include "core/files.h"

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
    const fs::path to = folder / file.name;
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

}  // namespace

int export_command(const Words& words) {
  std::string name, folder, store_option;
  Options options("export", "Copies the files of a result out of the store, each checked against its digest.",
                  "Tensors are safetensors files; meta.json says what they hold.");
  options.argument("RESULT", name, "NODE or NODE.OUTPUT or first digits of a key");
  options.argument("FOLDER", folder, "where to; made if absent. Several outputs get a folder each");
  options.value("--store", store_option, "folder of results");
  if (const auto code = options.parse(words)) return *code;
  const Store store = open_store(store_option);
  const auto [record, port] = find_output(store, name);
  if (!port.empty() && !record.outputs.count(port)) {
    std::string known;
    for (const auto& [one, output] : record.outputs) known += (known.empty() ? "" : ", ") + one;
    throw Error(ErrorKind::user, "the result has no output \"" + port + "\" (it has: " + known + ")");
  }
  for (const auto& [one, output] : record.outputs)
    if (port.empty() || one == port)
      write_output(store, record, output,
                   port.empty() && record.outputs.size() > 1 ? fs::path(folder) / one : fs::path(folder));
  return kDone;
}

}  // namespace retort
