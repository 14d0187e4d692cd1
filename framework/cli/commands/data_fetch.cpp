#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>

#include "cli/command.h"
#include "cli/data/data_set.h"
#include "cli/data/download.h"
#include "cli/data/unpacking.h"
#include "cli/options.h"
#include "core/error.h"
#include "core/file_trouble.h"
#include "core/files.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

/// Where to find the archive: given, in a given folder, downloaded before, or to be downloaded.
fs::path archive_of(const std::string& name, const DataSource& source, const fs::path& from, const std::string& url) {
  fs::path given = fs::is_directory(from) ? from / source.file : from;
  if (!from.empty()) {
    if (!fs::exists(given)) throw Error(ErrorKind::user, given.string() + " does not exist");
    check_digest(given, source.sha256);
    return given;
  }
  const fs::path downloads = data_home() / "downloads";
  make_folder(downloads);
  const fs::path file = downloads / source.file;
  if (!fs::exists(file)) {
    if (url.empty())
      throw Error(ErrorKind::user, source.file + " must be fetched by hand from " + source.page + " (" + source.note +
                                       "); then: retort data fetch " + name + " --from FOLDER");
    download(url, file, source);
  } else {
    check_digest(file, source.sha256);
  }
  return file;
}

/// A folder beside `to`, which becomes `to` at once when it is filled: nobody sees a part of a data set.
class Beside {
 public:
  explicit Beside(const fs::path& to) : to_(to), folder_(to.string() + ".unpacking") {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Beside() {
    std::error_code none;
    fs::remove_all(folder_, none);
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;
  const fs::path& folder() const { return folder_; }

  /// Archives hold one folder of the data set's name, or the files themselves.
  fs::path unpacked() const {
    const fs::path inner = folder_ / to_.filename();
    return fs::is_directory(inner) ? inner : folder_;
  }

  /// `whole`: this folder, or the one in it. What was there, no whole data set, is kept under another name.
  void become(const fs::path& whole) {
    if (fs::exists(fs::symlink_status(to_))) {
      fs::path aside;
      for (int i = 1; fs::exists(aside = to_.string() + ".incomplete" + std::to_string(i)); ++i) continue;
      fs::rename(to_, aside);
      std::cout << "what was in " << to_.string() << " lacks files; it is in " << aside.string() << " now\n";
    }
    fs::rename(whole, to_);
  }

 private:
  fs::path to_, folder_;
};

/// Several commands may want one data set: the others wait for the first, and find it then.
class DataSetLock {
 public:
  explicit DataSetLock(const DataSet& set) {
    const fs::path folder = data_home() / "locks", file = folder / set.name;
    make_folder(folder);
    file_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (file_ < 0) throw Error(ErrorKind::data, file_trouble("write", file, errno));
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    std::cout << "another command gets " << set.name << "; waiting for it" << std::endl;
    while (::flock(file_, LOCK_EX) != 0)
      if (errno != EINTR) throw Error(ErrorKind::data, file_trouble("lock", file, errno));
  }
  ~DataSetLock() { ::close(file_); }
  DataSetLock(const DataSetLock&) = delete;
  DataSetLock& operator=(const DataSetLock&) = delete;

 private:
  int file_;
};

void check_files(const DataSet& set, const fs::path& folder) {
  for (const auto& source : set.sources)
    for (const auto& [name, digest] : source.files) check_digest(folder / name, digest);
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
  const DataSetLock lock(set);
  if (!set.is_here()) {
    make_folder(set.folder.parent_path());
    Beside beside(set.folder);
    fs::path whole = beside.folder();
    if (!from.empty() && holds_files(set, from)) {
      fs::copy(from, whole, fs::copy_options::recursive);
    } else {
      if (set.sources.empty()) throw Error(ErrorKind::user, set.name + " names no source to fetch it from");
      for (const auto& source : set.sources) {
        const fs::path archive = archive_of(set.name, source, from, url.empty() ? source.url : url);
        std::cout << "unpacking " << archive.string() << std::endl;
        unpack_archive(archive, source.unpack, beside.folder());
      }
      whole = beside.unpacked();
    }
    check_files(set, whole);
    beside.become(whole);
    if (!set.terms.empty()) std::cout << "terms: " << set.terms << '\n';
  } else {
    check_files(set, set.folder);
  }
  std::cout << set.name << " is in " << set.folder.string() << '\n';
  return kDone;
}

int run(const Words& words) {
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

}  // namespace

extern const Command data_fetch_command = {"data", "fetch", "Download a data set, or take it from files you have", run};

}  // namespace retort
