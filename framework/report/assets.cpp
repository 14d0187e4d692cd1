#include "report/assets.h"

// The assembler takes the files in as they are; CMake names them and rebuilds this file when one changes.
#define RETORT_ASSET(name, file)                                                                          \
  __asm__(".pushsection .rodata\n" #name "_begin:\n.incbin \"" file "\"\n" #name "_end:\n.popsection\n"); \
  extern "C" __attribute__((visibility("hidden"))) const char name##_begin[], name##_end[]

RETORT_ASSET(retort_page_style, RETORT_PAGE_STYLE);
RETORT_ASSET(retort_page_script, RETORT_PAGE_SCRIPT);

namespace retort::assets {

std::string_view style() { return {retort_page_style_begin, retort_page_style_end}; }
std::string_view script() { return {retort_page_script_begin, retort_page_script_end}; }

}  // namespace retort::assets
