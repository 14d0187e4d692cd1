#include "toy/sums.h"

int negated(int x) { return -doubled(x); }
