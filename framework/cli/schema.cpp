#include "graph/schema.h"

#include <iostream>

#include "cli/all.h"
#include "cli/options.h"
#include "core/files.h"

namespace retort {

int schema_command(const Words& words) {
  std::string output;
  Options options("schema", "Prints the JSON schema of graphs, with every plugin that is built.",
                  "Graphs name it as \"$schema\"; editors then complete and check as you type.");
  options.value("--output", output, "Write it to this file");
  if (const auto code = options.parse(words)) return *code;
  const std::string text = graph_schema(Catalog::read(Catalog::default_folders())).dump(1) + "\n";
  if (output.empty())
    std::cout << text;
  else
    write_atomically(output, text, /*sync=*/false);
  return kDone;
}

}  // namespace retort
