#include "kinds/all/shared_facts.h"

namespace retort {

Kind report_kind() {
  Kind kind("report", "What a node found, for people: of an imported file, or of BatchNorm layers");
  kind.file("report.json", "Layout, tensors left out, ignored and filled in").when("layout");
  for (const char* ending : {"json", "csv", "svg"})
    kind.file(std::string("batch_norm.") + ending, "Statistics of each layer, for each source of images")
        .when("layers");
  kind.meta("layout", "string", "Rule by which the tensors of an imported file were named").unless("layers");
  kind.meta("left_out", "integer", "Tensors of the file that the network has no place for").when("layout");
  kind.meta("layers", "integer", "BatchNorm layers").unless("layout");
  kind.meta("sources", "list of string", "Images whose statistics are compared: noise, real, recovered").when("layers");
  return kind;
}

}  // namespace retort
