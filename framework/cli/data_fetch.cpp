#include <iostream>

#include "cli/all.h"
#include "cli/data_set.h"
#include "cli/options.h"
#include "cli/program.h"
#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kCurlCannotResume = 33;

void check_digest(const fs::path& file, const std::string& expected) {
  if (expected.empty()) return;
  const std::string found = sha256_file(file);
  if (found != expected)
    throw Error(ErrorKind::data, file.string() + ": SHA-256 is " + found + ", must be " + expected);
}

/// Downloads to `to`; a download that was cut off goes on where it was.
void download(const std::string& url, const fs::path& to, const std::string& sha256) {
  const fs::path part = to.string() + ".part";
  std::vector<std::string> words = {"curl",     "--fail",   "--location", "--show-error",
                                    "--silent", "--output", part.string()};
  std::cout << "downloading " << url << std::endl;
  std::vector<std::string> resumed = words;
  resumed.insert(resumed.end(), {"--continue-at", "-", url});
  int code = run_program(resumed);
  if (code == kCurlCannotResume) {  // the server cannot send a rest: from the start
    fs::remove(part);
    words.push_back(url);
    code = run_program(words);
  }
  if (code != 0)
    throw Error(ErrorKind::data, "cannot download " + url + " (curl ended with " + std::to_string(code) +
                                     "); the same command goes on where it stopped");
  try {
    check_digest(part, sha256);
  } catch (const Error&) {
    fs::remove(part);  // going on from wrong bytes would never end well
    throw;
  }
  fs::rename(part, to);
}

/// Where to find the archive: given, in a given folder, downloaded before, or to be downloaded.
fs::path archive_of(const std::string& name, const DataSource& source, const fs::path& from, const std::string& url) {
  const fs::path given = fs::is_directory(from) ? from / source.file : from;
  if (!from.empty()) {
    if (!fs::exists(given)) throw Error(ErrorKind::user, given.string() + " does not exist");
    check_digest(given, source.sha256);
    return given;
  }
  const fs::path downloads = data_home() / "downloads";
  fs::create_directories(downloads);
  const fs::path file = downloads / source.file;
  if (!fs::exists(file)) {
    if (url.empty())
      throw Error(ErrorKind::user, source.file + " must be fetched by hand from " + source.page + " (" + source.note +
                                       "); then: retort data fetch " + name + " --from FOLDER");
    download(url, file, source.sha256);
  } else {
    check_digest(file, source.sha256);
  }
  return file;
}

/// Unpacks into a folder of its own, which then becomes `to` at once: nobody sees a part of a data set.
void unpack(const fs::path& archive, const std::string& format, const fs::path& to) {
  const fs::path beside = to.string() + ".unpacking";
  fs::remove_all(beside);
  fs::create_directories(beside);
  std::cout << "unpacking " << archive.string() << std::endl;
  std::vector<std::string> words;
  if (format == "zip") {
    words = {"unzip", "-q", archive.string(), "-d", beside.string()};
  } else if (format == "tar" || format == "tar.gz") {
    words = {"tar", "--extract", "--file", archive.string(), "--directory", beside.string(), "--no-same-owner"};
  } else {
    fs::copy_file(archive, beside / archive.filename());
  }
  if (!words.empty() && run_program(words) != 0) {
    fs::remove_all(beside);
    throw Error(ErrorKind::data, "cannot unpack " + archive.string());
  }
  // Archives hold one folder of the data set's name, or the files themselves.
  const fs::path inner = beside / to.filename();
  fs::rename(fs::is_directory(inner) ? inner : beside, to);
  fs::remove_all(beside);
}

void check_files(const DataSet& set) {
  for (const auto& source : set.sources)
    for (const auto& [name, digest] : source.files) check_digest(set.folder / name, digest);
}

/// A folder that holds the data set's files as they are.
bool holds_files(const DataSet& set, const fs::path& from) {
  bool any = false;
  for (const auto& source : set.sources)
    for (const auto& [name, digest] : source.files) {
      if (!fs::exists(from / name)) return false;
      any = true;
    }
  return any;
}

int fetch(const DataSet& set, const fs::path& from, const std::string& url) {
  if (set.is_here()) {
    check_files(set);
    std::cout << set.name << " is in " << set.folder.string() << '\n';
    return kDone;
  }
  fs::create_directories(set.folder.parent_path());
  if (holds_files(set, from)) {
    fs::copy(from, set.folder, fs::copy_options::recursive);
  } else {
    if (set.sources.empty()) throw Error(ErrorKind::user, set.name + " names no source to fetch it from");
    for (const auto& source : set.sources)
      unpack(archive_of(set.name, source, from, url.empty() ? source.url : url), source.unpack, set.folder);
  }
  check_files(set);
  std::cout << set.name << " is in " << set.folder.string() << '\n';
  if (!set.terms.empty()) std::cout << "terms: " << set.terms << '\n';
  return kDone;
}

}  // namespace

int data_fetch_command(const Words& words) {
  std::string name, from, url;
  Options options("data fetch", "Downloads a data set, checks it and unpacks it into the data folder ($RETORT_DATA).",
                  "A download that was cut off goes on where it stopped.");
  options.argument("NAME", name, "the data set, as `retort data list` names it");
  options.value("--from", from,
                "an archive, a folder with the archives, or a folder with the files: nothing is downloaded");
  options.value("--url", url, "download from here instead");
  if (const auto code = options.parse(words)) return *code;
  return fetch(find_data_set(name), from, url);
}

}  // namespace retort
