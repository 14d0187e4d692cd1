#include "graph/schema.h"

#include <iostream>

#include "cli/command.h"
#include "cli/files/new_file.h"
#include "cli/options.h"
#include "cli/session/plugin_places.h"
#include "core/files.h"

namespace retort {
namespace {

int run(const Words& words) {
  std::string output;
  Options options("schema", "Prints the JSON schema of graphs, with every plugin that is built.",
                  "Graphs name it as \"$schema\"; editors then complete and check as you type.");
  options.value("--output", output, "Write it to this file");
  if (const auto code = options.parse(words)) return *code;
  const std::string text = graph_schema(Catalog::read(plugin_folders("", ""))).dump(1) + "\n";
  if (output.empty())
    std::cout << text;
  else
    write_new_file(output, kSchemaFile, text);
  return kDone;
}

}  // namespace

extern const Command schema_command = {"", "schema", "Print the JSON schema of graphs, for editors", run};

}  // namespace retort
