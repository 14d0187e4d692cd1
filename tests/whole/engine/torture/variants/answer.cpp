// A shared library behind a plugin, in two builds, told apart by VARIANT.
#include "variants/answer.h"

int answer() { return VARIANT; }
