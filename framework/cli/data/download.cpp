#include "cli/data/download.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <iostream>

#include "cli/command.h"
#include "cli/files/program.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/file_kind.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kCurlTimeout = 28, kCurlCannotResume = 33, kCurlTooLarge = 63;
constexpr const char *kSlowest = "1000", *kSlowFor = "60";  // bytes a second, seconds
constexpr uint64_t kLargest = uint64_t{1} << 40;            // bytes of a file whose size nobody published

/// What a file is that is not what it must be: by its digest, or by how it begins.
std::string what_came_instead(const fs::path& file, const std::string& digest) {
  for (const auto& set : data_sets())
    for (const auto& source : set.sources) {
      if (source.sha256 == digest)
        return ": it is the archive of " + set.title + " (retort data fetch " + set.name + ")";
      for (const auto& [other, what] : source.others)
        if (other == digest) return ": it is " + what;
    }
  return what_it_is(file);
}

bool begins_with(const std::string& url, const std::string& scheme) {
  return url.size() > scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), url.begin(), [](char a, char b) { return a == std::tolower(b); });
}

/// Which protocols a download may use. Without a digest only one that shows that the server is who it says.
std::string protocols(const std::string& url, const std::string& sha256) {
  if (begins_with(url, "https://")) return "=https";
  if (begins_with(url, "http://") && !sha256.empty()) return "=https,http";
  if (begins_with(url, "http://"))
    throw Error(ErrorKind::user, url +
                                     ": http, and nobody published the SHA-256 of this file: what comes could be "
                                     "anything; give an address that begins with https://");
  throw Error(ErrorKind::user, url + ": only https:// and http:// are fetched; of a file that is here: --from FILE");
}

}  // namespace

void check_digest(const fs::path& file, const std::string& expected) {
  if (expected.empty()) return;
  const std::string found = sha256_file(file);
  if (found != expected)
    throw Error(ErrorKind::data,
                file.string() + ": SHA-256 is " + found + ", must be " + expected + what_came_instead(file, found));
}

void download(const std::string& url, const fs::path& to, const DataSource& source) {
  const fs::path part = to.string() + ".part";
  const std::string allowed = protocols(url, source.sha256);
  std::vector<std::string> words = {
      "curl",          "--fail",        "--location",   "--show-error", "--silent", "--globoff",         "--proto",
      allowed,         "--proto-redir", allowed,        "--max-redirs", "10",       "--connect-timeout", "30",
      "--speed-limit", kSlowest,        "--speed-time", kSlowFor,       "--output", part.string()};
  if (source.bytes > 0) words.insert(words.end(), {"--max-filesize", std::to_string(source.bytes)});
  words.insert(words.end(), {"--url", url});
  std::cout << "downloading " << url << std::endl;
  std::vector<std::string> resumed = words;
  resumed.insert(resumed.end(), {"--continue-at", "-"});
  const ProgramSettings limits{{}, source.bytes > 0 ? source.bytes : kLargest};
  int code = run_program(resumed, limits);
  if (code == kCurlCannotResume) {  // the server cannot send a rest: from the start
    fs::remove(part);
    code = run_program(words, limits);
  }
  if (code == kCurlTooLarge || code == kSignal + SIGXFSZ) {
    fs::remove(part);
    throw Error(ErrorKind::data, url + " is larger than " + std::to_string(limits.largest_file) +
                                     " bytes, which it must be; nothing was kept");
  }
  if (code != 0)
    throw Error(ErrorKind::data, "cannot download " + url + " (curl ended with " + std::to_string(code) +
                                     (code == kCurlTimeout ? ": no answer, or slower than " + std::string(kSlowest) +
                                                                 " bytes a second for " + kSlowFor + " s"
                                                           : "") +
                                     "); the same command goes on where it stopped");
  try {
    check_digest(part, source.sha256);
  } catch (const Error&) {
    fs::remove(part);  // going on from wrong bytes would never end well
    throw;
  }
  fs::rename(part, to);
}

}  // namespace retort
