#include "cli/files/new_file.h"

#include <fstream>

#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLooked = 4096;

bool is_stream(const fs::path& file) {
  std::error_code none;
  const auto status = fs::status(file, none);
  return fs::is_character_file(status) || fs::is_fifo(status);
}

}  // namespace

void check_place(const fs::path& file, const FileKind& kind, bool streams) {
  if (streams && is_stream(file)) return;
  std::error_code none;
  const auto status = fs::status(file, none);
  if (!fs::exists(status)) return;
  if (!fs::is_regular_file(status))
    throw Error(ErrorKind::user,
                file.string() + (fs::is_directory(status) ? " is a folder" : " is no file") + "; name a file to write");
  if (fs::file_size(file, none) == 0) return;
  std::ifstream in(file, std::ios::binary);
  std::string begin(kLooked, '\0');
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<size_t>(in.gcount()));
  if (begin.rfind(kind.first, 0) != 0 || begin.find(kind.then) == std::string::npos)
    throw Error(ErrorKind::user,
                file.string() + " is there and is not " + kind.what + ": it is left as it is; name another file");
}

void write_new_file(const fs::path& file, const FileKind& kind, std::string_view bytes) {
  if (is_stream(file)) return write_file(file, bytes);
  check_place(file, kind);
  std::error_code code;
  const fs::path target = fs::weakly_canonical(file, code);
  write_atomically(code ? file : target, bytes, /*sync=*/false);
}

}  // namespace retort
