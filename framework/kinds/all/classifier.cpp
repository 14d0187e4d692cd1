#include "kinds/all/shared_facts.h"

namespace retort {

Kind classifier_kind() { return network_kind("classifier", "A network with a head: images to logits"); }

}  // namespace retort
