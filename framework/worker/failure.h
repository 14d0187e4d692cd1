#pragma once
// Of what kind an exception is that a node threw. Allocators and drivers tell it in words only: nothing here may
// include libtorch, and the words outlive being wrapped into other exceptions.
#include <exception>
#include <string>

#include "core/error.h"

namespace retort {

/// Error's own kind; memory for std::bad_alloc and for libtorch's host allocator; device_memory for its device
/// allocators; device for what a driver reports after a fault; store for the file system; else internal.
ErrorKind kind_of(const std::exception& error);

/// What people who wrote a graph should read of it: libtorch appends a trace of its own frames.
std::string text_of(const std::exception& error);

}  // namespace retort
