#include "report/page_address.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace retort {
namespace {

/// "%41+b" → "A b"
std::string decoded(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2]));
    if (escape) {
      plain += static_cast<char>(std::strtol(std::string(text.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      plain += text[i] == '+' ? ' ' : text[i];
    }
  }
  return plain;
}

std::map<std::string, std::string> fields_in(std::string_view query) {
  std::map<std::string, std::string> fields;
  while (!query.empty()) {
    const std::string_view one = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(one.size() + 1, query.size()));
    const size_t equals = one.find('=');
    if (equals != std::string_view::npos) fields[decoded(one.substr(0, equals))] = decoded(one.substr(equals + 1));
  }
  return fields;
}

}  // namespace

std::string PageAddress::asked(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? "" : found->second;
}

std::optional<PageAddress> address_below(std::string_view target, const std::string& token) {
  if (target.size() < token.size() + 2 || target[token.size() + 1] != '/') return std::nullopt;
  if (CRYPTO_memcmp(target.data() + 1, token.data(), token.size()) != 0) return std::nullopt;
  target.remove_prefix(token.size() + 2);
  PageAddress address;
  const size_t mark = target.find('?');
  if (mark != std::string_view::npos) address.query = fields_in(target.substr(mark + 1));
  const std::string path = decoded(target.substr(0, mark));
  const std::string prefix = "run/";
  const size_t slash = path.find('/', prefix.size());
  if (path.rfind(prefix, 0) != 0 || slash == std::string::npos) {
    address.rest = path;
  } else {
    address.run = path.substr(prefix.size(), slash - prefix.size());
    address.rest = path.substr(slash + 1);
  }
  return address;
}

}  // namespace retort
