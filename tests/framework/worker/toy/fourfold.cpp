#include "toy/factor.h"
#include "toy/sums.h"

int quadrupled(int x) { return toy::kFactor * doubled(x); }
