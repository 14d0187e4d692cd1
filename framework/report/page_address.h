#pragma once
// What the address of a request says: "/TOKEN/run/ID/events?seen=3" and its parts.
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace retort {

struct PageAddress {
  std::string run;   ///< of "run/ID/"; empty: what the server was started for
  std::string rest;  ///< "", "part/NAME", "events"
  std::map<std::string, std::string> query;

  /// Empty where it is not given.
  std::string asked(const std::string& name) const;
};

/// Nothing if the target of the request does not begin with the token; that takes a time that says nothing about it.
std::optional<PageAddress> address_below(std::string_view target, const std::string& token);

}  // namespace retort
