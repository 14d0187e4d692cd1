#pragma once
// libpng behind one function. Its errors leave by longjmp, so they end here: see decode.h for the rules.
#include <string>
#include <string_view>

#include "vision/picture.h"

namespace retort::vision {

/// Fills `picture` with 1 (gray) or 3 channels; palettes become RGB, 16 bits the upper 8, transparency is dropped.
/// Returns "" or why it cannot.
std::string decode_png(std::string_view bytes, Picture& picture);

}  // namespace retort::vision
