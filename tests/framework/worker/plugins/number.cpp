// The second file of the plugin of sums.cpp: as much its code as the first, with the members that only it reaches.
#include "number.h"

#include "toy/sums.h"

int number() { return quadrupled(1); }
