#pragma once
// What is thrown when something cannot be done; said at the latest by the command's main or the worker. Who catches it
// before adds a place or has another way. Expected cases are return values, mistakes of users are Diagnostics (core/).
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

namespace retort {

/// What kind of failure it was; decides the policy (retry or not) and the command's exit code.
enum class ErrorKind {
  user,           ///< a graph, an option or a parameter is wrong
  data,           ///< a data file is missing, truncated or altered
  store,          ///< the store cannot be written or is damaged beyond healing
  plugin,         ///< a plugin was refused or could not be loaded
  memory,         ///< host memory ran out
  device_memory,  ///< device memory ran out
  device,         ///< the device failed
  not_a_number,   ///< a loss or a result became NaN or infinite
  timeout,        ///< the node's time limit passed
  lost,           ///< the worker died
  cancelled,      ///< asked to stop
  internal,       ///< a mistake of ours
};

const char* name_of(ErrorKind kind);
ErrorKind error_kind(const std::string& name);  ///< inverse of name_of; internal for an unknown name

class __attribute__((visibility("default"))) Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
  std::string message_;
};

[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace retort

/// A programmer's error; never used on user input. Ends the process.
#define RETORT_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::retort::check_failed(__FILE__, __LINE__, #condition))
