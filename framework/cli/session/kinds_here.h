#pragma once
// The kinds of artifacts, with the plugins found here that write and read them.
#include <vector>

#include "kinds/kinds_in_use.h"

namespace retort {

std::vector<KindInUse> kinds_here();

}  // namespace retort
