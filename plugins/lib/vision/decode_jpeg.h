#pragma once
// libjpeg behind one function. Its errors leave by longjmp, so they end here: see decode.h for the rules.
#include <string>
#include <string_view>

#include "vision/picture.h"

namespace retort::vision {

/// Fills `picture` with the 1 (gray) or 3 channels the file has; CMYK becomes RGB. Returns "" or why it cannot.
std::string decode_jpeg(std::string_view bytes, Picture& picture);

}  // namespace retort::vision
