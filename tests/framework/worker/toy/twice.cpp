#include "toy/sums.h"

int doubled(int x) { return 2 * x; }
