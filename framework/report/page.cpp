#include "report/page.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "core/system_text.h"
#include "report/assets.h"

namespace retort {
namespace {

/// "'sha256-…'", as a policy names an element's text.
std::string policy_digest(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  unsigned char base64[64];
  const int size = EVP_EncodeBlock(base64, digest, sizeof digest);
  return "'sha256-" + std::string(reinterpret_cast<char*>(base64), static_cast<size_t>(size)) + "'";
}

}  // namespace

std::string page_policy(bool live) {
  return "default-src 'none'; script-src " + policy_digest(assets::script()) + "; style-src " +
         policy_digest(assets::style()) + "; img-src data:; " + (live ? "connect-src 'self'; " : "") +
         "base-uri 'none'; form-action 'none'";
}

std::string script_json(const Json& json) {
  const std::string text = dump_text(json);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      safe += "\\u003c";  // only strings can hold one
    else
      safe += c;
  }
  return safe;
}

std::string page_html(const PageParts& parts, bool live) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"" +
      page_policy(live) +
      "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<title>Retort</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>";
  html.append(assets::style()).append("</style>\n</head>\n<body>\n<noscript>This page needs JavaScript; ");
  html += "everything it shows is in the script elements below.</noscript>\n";
  const std::string script = "<script>" + std::string(assets::script()) + "</script>\n";
  for (size_t i = 0; i < parts.size(); ++i) {
    html += "<script type=\"application/json\" id=\"" + parts[i].first + "\">" + script_json(parts[i].second) +
            "</script>\n";
    if (i == 0) html += script;  // shows the first part while the others are still being read
  }
  if (parts.empty()) html += script;
  return html + "</body>\n</html>\n";
}

}  // namespace retort
