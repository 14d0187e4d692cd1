#include "kinds/all/shared_facts.h"

namespace retort {

Kind encoder_kind() {
  Kind kind = network_kind("encoder", "A network without a head: images to features");
  kind.file("heads.safetensors", "Projectors and predictors of the method that trained it; nothing reads them yet")
      .optional()
      .tensor({"*", {}, "", "By the method's names"});
  return kind;
}

}  // namespace retort
