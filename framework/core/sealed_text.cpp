#include "core/sealed_text.h"

#include "core/digest.h"

namespace retort {
namespace {

constexpr std::string_view kLabel = "sha256 ";
constexpr size_t kSeal = kLabel.size() + 64 + 1;

}  // namespace

std::string sealed(std::string text) {
  text += '\n';
  const std::string digest = sha256_hex(text);
  return text.append(kLabel).append(digest) + '\n';
}

std::optional<std::string_view> unsealed(std::string_view bytes) {
  if (bytes.size() <= kSeal) return std::nullopt;
  const std::string_view text = bytes.substr(0, bytes.size() - kSeal), seal = bytes.substr(text.size());
  if (text.back() != '\n' || seal.back() != '\n' || seal.substr(0, kLabel.size()) != kLabel) return std::nullopt;
  if (seal.substr(kLabel.size(), 64) != sha256_hex(text)) return std::nullopt;
  return text.substr(0, text.size() - 1);
}

}  // namespace retort
