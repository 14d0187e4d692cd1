#pragma once
// A library that makes system calls fail, put before libc by LD_PRELOAD or by linking it. In other processes it is told
// what to do by the environment:
//   RETORT_FAULT_UNDER=DIR      only calls that change something below this folder count (needed for the next four)
//   RETORT_FAULT_NAME=NAME      only those on files whose path ends so
//   RETORT_FAULT_COUNTER=FILE   eight bytes, shared: how many calls there were
//   RETORT_FAULT_AT=N           the N-th call fails, counted from 1
//   RETORT_FAULT_ERRNO=E        with this number; 0: it does not fail, but if it writes, then half of what it should
//   RETORT_FAULT_STICKY=1       and all after it
//   RETORT_FAULT_PROGRAM=NAME   only in this program
//   RETORT_FAULT_READS=1        calls that look and read count instead of those that change
//   RETORT_FAULT_NO_LOCKS=1     locks on files fail with ENOLCK
//   RETORT_FAULT_CLOCK=SECONDS  is added to the time of day
// Calls that write below scratch/ do not count: there a plugin writes what only it can check.
#include <cstdint>

extern "C" {
/// The same for this process. `at` 0: counts only; `under` null: off.
void fault_arm(const char* under, uint64_t at, int error, bool sticky);
uint64_t fault_count();
}
