#pragma once
// Text that carries its own digest, so that a reader notices any damage: TEXT NL "sha256 " HEX NL.
#include <optional>
#include <string>
#include <string_view>

namespace retort {

std::string sealed(std::string text);
/// The text again; nothing if it is damaged, cut off or was never sealed. Lives as long as `bytes`.
std::optional<std::string_view> unsealed(std::string_view bytes);

}  // namespace retort
