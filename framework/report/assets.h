#pragma once
// The files of page/ and the plotting library, in the program since it was built.
#include <string_view>

namespace retort::assets {

std::string_view style();   ///< page.css after the library's own
std::string_view script();  ///< the library, then the files of page/ in their order

}  // namespace retort::assets
