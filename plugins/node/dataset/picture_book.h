#pragma once
// Ten drawings, each in the square −1..1, y down. Their colours are natural and vary.
#include <array>

#include "canvas.h"
#include "vision/split_mix.h"

namespace retort::drawing {

struct Picture {
  const char* name;
  void (*draw)(Canvas&, vision::SplitMix&);
};

extern const std::array<Picture, 10> kPictures;

}  // namespace retort::drawing
