#pragma once
// Members of a toy library that no rule of names would find: this header's functions lie in two files, one of them is
// reached through the other, a third is not reached at all.
int doubled(int x);     // twice.cpp
int quadrupled(int x);  // fourfold.cpp, through twice.cpp
int negated(int x);     // minus.cpp: nobody calls it
template <class T>
T instantiated(T x);  // templates.cpp
extern template int instantiated(int);
