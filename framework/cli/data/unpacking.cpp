#include "cli/data/unpacking.h"

#include <fstream>

#include "cli/files/program.h"
#include "core/error.h"
#include "core/file_kind.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// What the first letter of a line like "lrwxrwxrwx …" says it is, as `tar --list --verbose` and `unzip -Z` write;
/// empty for a file, a folder, and lines that are no such.
std::string refused(const std::string& line) {
  const bool is_entry = line.size() > 9 && line.find_first_not_of("rwxsStTd-", 1) >= 4;
  if (!is_entry) return "";
  switch (line[0]) {
    case 'l':
    case 'h':
      return "a link";
    case 'c':
    case 'b':
      return "a device";
    case 'p':
      return "a pipe";
    case 's':
      return "a socket";
    default:
      return "";
  }
}

void check_entries(const fs::path& archive, std::vector<std::string> words, const fs::path& listing) {
  const int code = run_program(std::move(words), {listing});
  std::ifstream lines(listing);
  std::string problem;
  for (std::string line; problem.empty() && std::getline(lines, line);)
    if (const std::string what = refused(line); !what.empty())
      problem = "holds " + what + ", which no data set needs; nothing was unpacked: " + line;
  fs::remove(listing);
  if (problem.empty() && code != 0) problem = "cannot be unpacked" + what_it_is(archive);
  if (!problem.empty()) throw Error(ErrorKind::data, archive.string() + " " + problem);
}

/// Whoever made the archive decides nothing about who may do what here.
void give_plain_rights(const fs::path& folder) {
  using fs::perms;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::file_type type = entry.symlink_status().type();
    if (type != fs::file_type::directory && type != fs::file_type::regular)
      throw Error(ErrorKind::data, entry.path().string() + " is neither a file nor a folder");
    fs::permissions(entry.path(), perms::set_uid | perms::set_gid | perms::sticky_bit, fs::perm_options::remove);
    const perms own = perms::owner_read | perms::owner_write;
    fs::permissions(entry.path(), type == fs::file_type::directory ? own | perms::owner_exec : own,
                    fs::perm_options::add);
  }
}

}  // namespace

void unpack_archive(const fs::path& archive, const std::string& format, const fs::path& to) {
  if (format.empty()) {
    fs::copy_file(archive, to / archive.filename());
    return;
  }
  const fs::path listing = to.string() + ".list";
  const std::string file = fs::absolute(archive).string();  // no name that looks like an option, or like a host's
  std::vector<std::string> words;
  if (format == "zip") {
    check_entries(archive, {"unzip", "-Z", "-s", file}, listing);
    words = {"unzip", "-q", file, "-d", to.string()};
  } else {
    check_entries(archive, {"tar", "--list", "--verbose", "--force-local", "--file", file}, listing);
    words = {"tar",
             "--extract",
             "--force-local",
             "--file",
             file,
             "--directory",
             to.string(),
             "--no-same-owner",
             "--no-same-permissions",
             "--delay-directory-restore"};
  }
  if (run_program(words) != 0)
    throw Error(ErrorKind::data, archive.string() + " cannot be unpacked" + what_it_is(archive));
  give_plain_rights(to);
}

}  // namespace retort
