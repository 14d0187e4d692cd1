#include "kinds/all/shared_facts.h"

namespace retort {

Kind sheet_kind() {
  Kind kind("sheet", "A picture of images, a row a class, for people");
  kind.file("sheet.png", "The picture");
  kind.meta("classes", "integer", "Rows");
  kind.meta("per_class", "integer", "Images of each class, from each source");
  kind.meta("titles", "list of string", "Of the sources, from left to right").optional();
  return kind;
}

}  // namespace retort
