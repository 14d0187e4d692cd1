#include "toy/sums.h"

template <class T>
T instantiated(T x) {
  return x + TOY_OFFSET;
}
template int instantiated(int);
