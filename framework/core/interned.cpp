#include "core/interned.h"

#include <mutex>
#include <unordered_set>

namespace retort {
namespace {

const std::string* shared(std::string_view text) {
  static auto& all = *new std::unordered_set<std::string>;
  static std::mutex guard;
  const std::lock_guard locked(guard);
  return &*all.emplace(text).first;
}

const std::string* nothing() {
  static const std::string* const empty = shared("");
  return empty;
}

}  // namespace

Interned::Interned() : text_(nothing()) {}
Interned::Interned(std::string_view text) : text_(text.empty() ? nothing() : shared(text)) {}

}  // namespace retort
