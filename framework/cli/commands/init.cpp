#include <filesystem>
#include <iostream>

#include "catalog/catalog.h"
#include "cli/command.h"
#include "cli/files/shipped.h"
#include "cli/options.h"
#include "core/error.h"
#include "core/files.h"
#include "graph/schema.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Editors that do not look for a graph's own "$schema" take it from here.
constexpr const char* kEditorSettings = R"({
  "json.schemas": [{"fileMatch": ["*.json"], "url": "./retort.schema.json"}],
  "files.associations": {"*.json": "jsonc"}
}
)";

void refuse_if_there(const fs::path& file) {
  if (!fs::exists(file)) return;
  throw Error(ErrorKind::user,
              file.string() + " is there already; nothing was written. Name another folder, or take it away first");
}

int run(const Words& words) {
  std::string folder = ".";
  Options options("init", "Writes a folder to work in: the quickstart's graph, the schema for an editor, its settings.",
                  "Nothing is written over a file that is there already.");
  options.argument("FOLDER", folder, "Where; made if it is not there", /*required=*/false);
  if (const auto code = options.parse(words)) return *code;
  const fs::path place = folder;
  const std::vector<std::pair<fs::path, std::string>> files = {
      {place / "quickstart.json", read_file(shipped_folder("graphs") / "quickstart.json")},
      {place / "retort.schema.json", graph_schema(Catalog::read(Catalog::default_folders())).dump(1) + "\n"},
      {place / ".vscode" / "settings.json", kEditorSettings},
  };
  for (const auto& [file, text] : files) refuse_if_there(file);
  for (const auto& [file, text] : files) {
    fs::create_directories(file.parent_path());
    write_atomically(file, text, /*sync=*/false);
    std::cout << "wrote " << file.string() << '\n';
  }
  std::cout << "next: cd " << place.string() << " && retort run quickstart.json\n";
  return kDone;
}

}  // namespace

extern const Command init_command = {"", "init", "Write a folder to work in: a graph, the schema for an editor", run};

}  // namespace retort
