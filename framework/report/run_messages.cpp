#include "report/run_messages.h"

#include <utility>

#include "core/system_text.h"

namespace retort {
namespace {

constexpr size_t kMostMade = 64;  // of pages that each know something else

RunMessages::Message message_of(const Json& json) { return {dump_text(json), json.value("seen", int64_t{0})}; }

}  // namespace

RunMessages::RunMessages(std::filesystem::path log) : log_(std::move(log)), newest_(log_, 0) {
  if (const auto first = newest_.next()) seen_ = first->value("seen", int64_t{0});
}

bool RunMessages::look() {
  const auto next = newest_.next();
  if (!next) return false;
  made_.clear();
  Message message = message_of(*next);
  const int64_t before = std::exchange(seen_, message.seen);
  made_[before] = std::move(message);
  return true;
}

RunMessages::Message RunMessages::since(int64_t seen) {
  if (seen >= seen_) return {"", seen};
  if (const auto made = made_.find(seen); made != made_.end()) return made->second;
  if (made_.size() >= kMostMade) made_.clear();
  const auto next = RunFeed(log_, seen).next();
  return made_[seen] = next ? message_of(*next) : Message{"", seen_};
}

}  // namespace retort
