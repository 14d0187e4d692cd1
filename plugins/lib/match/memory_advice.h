#pragma once
// When memory runs out in a step whose need depends on a parameter, the message says which one.
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <new>
#include <string>

#include "core/error.h"

namespace retort::match {

/// What `step` returns. Memory that ran out in it, on the host or the device, becomes an Error of that kind with
/// `advice`.
template <class Step>
auto with_memory_advice(const std::string& advice, Step&& step) {
  try {
    return step();
  } catch (const c10::OutOfMemoryError&) {
    throw Error(ErrorKind::device_memory, "device memory ran out: " + advice);
  } catch (const std::bad_alloc&) {
    throw Error(ErrorKind::memory, "memory ran out: " + advice);
  } catch (const c10::Error& error) {
    if (std::string(error.what_without_backtrace()).find("can't allocate memory") == std::string::npos) throw;
    throw Error(ErrorKind::memory, "memory ran out: " + advice);
  }
}

}  // namespace retort::match
