#include "core/file_kind.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <vector>

#include "core/utf8.h"

namespace retort {
namespace {

using namespace std::string_view_literals;

constexpr size_t kLook = 512;
constexpr size_t kTarMagic = 257;
constexpr const char* kDownloadAgain =
    "a server sent it instead of the file (a login, a confirmation, an error): download the file itself again";
constexpr const char* kUnpack = "unpack it first, and name what was in it";

struct Magic {
  size_t at;
  std::string_view bytes;
  const char *name, *advice;
};

const std::vector<Magic>& magics() {
  static const std::vector<Magic> all = {
      {0, "version https://git-lfs.github.com/spec/"sv, "a pointer of Git LFS, not the file itself",
       "get the file with `git lfs pull` where it was cloned, or download it"},
      {0, "/annex/objects/"sv, "a pointer of git-annex, not the file itself", "get the file with `git annex get`"},
      {0, "\x1F\x8B"sv, "compressed with gzip", "unpack it first (`gunzip`, of a .tar.gz `tar -xf`)"},
      {0, "BZh"sv, "compressed with bzip2", "unpack it first (`bunzip2`, of a .tar.bz2 `tar -xf`)"},
      {0,
       "\xFD"
       "7zXZ\0"sv,
       "compressed with xz", "unpack it first (`unxz`, of a .tar.xz `tar -xf`)"},
      {0, "\x28\xB5\x2F\xFD"sv, "compressed with zstd", "unpack it first (`unzstd`, of a .tar.zst `tar -xf`)"},
      {0, "\x04\x22\x4D\x18"sv, "compressed with lz4", "unpack it first (`unlz4`)"},
      {0, "7z\xBC\xAF\x27\x1C"sv, "a 7z archive", kUnpack},
      {0, "Rar!\x1A\x07"sv, "a RAR archive", kUnpack},
      {0, "PK\x03\x04"sv, "a zip archive", ""},
      {0, "PK\x05\x06"sv, "an empty zip archive", ""},
      {kTarMagic, "ustar"sv, "a tar archive", kUnpack},
      {0, "\x89HDF\r\n\x1A\n"sv, "an HDF5 file (Keras, MATLAB)", ""},
      {0, "\x93NUMPY"sv, "a NumPy array (.npy)", ""},
      {0, "GGUF"sv, "a GGUF file (llama.cpp)", ""},
      {0, "%PDF-"sv, "a PDF document", kDownloadAgain},
      {0, "\x89PNG\r\n\x1A\n"sv, "a PNG picture", ""},
      {0, "\xFF\xD8\xFF"sv, "a JPEG picture", ""},
      {0, "GIF8"sv, "a GIF picture", ""},
      {0,
       "\x7F"
       "ELF"sv,
       "a program or library (ELF)", ""},
      {0, "SQLite format 3\0"sv, "an SQLite database", ""},
      {0, "PAR1"sv, "a Parquet table", ""},
      {0, "ARROW1"sv, "an Arrow table", ""},
      {0, "RIFF"sv, "a RIFF file (WebP, WAV)", ""},
  };
  return all;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return result;
}

/// safetensors: the length of a header, then the header, an object of JSON.
bool is_safetensors(std::string_view begin) {
  if (begin.size() < 10 || begin[8] != '{') return false;
  return begin[6] == 0 && begin[7] == 0 && (begin[9] == '"' || begin[9] == '}' || begin[9] == ' ');
}

bool is_pickle(std::string_view begin) {
  return begin.size() > 2 && begin[0] == '\x80' && begin[1] >= 1 && begin[1] <= 5;
}

/// All of it characters, but for the last, which may be cut off.
bool is_text(std::string_view begin) {
  for (size_t at = 0; at < begin.size();) {
    const Character one = character_at(begin, at);
    if (one.size == 0) return is_begun_character(begin, at);
    if (one.code < ' ' && one.code != '\n' && one.code != '\r' && one.code != '\t') return false;
    at += one.size;
  }
  return true;
}

std::optional<FileKind> kind_of_text(std::string_view begin) {
  const size_t first = begin.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos) return FileKind{"empty but for white space", kDownloadAgain};
  const std::string start = lower(begin.substr(first));
  for (const char* tag : {"<!doctype html", "<html", "<head", "<body", "<script", "<title", "<!--"})
    if (start.starts_with(tag)) return FileKind{"an HTML page", kDownloadAgain};
  if (start.starts_with("<")) return FileKind{"an XML text", kDownloadAgain};
  if (start[0] == '{' || start[0] == '[') return FileKind{"a JSON text", kDownloadAgain};
  std::string line(begin.substr(first, begin.find_first_of("\r\n", first) - first));
  if (line.size() > 60) {
    line.resize(57);
    line += "…";
  }
  return FileKind{"a text that begins with \"" + line + "\"", ""};
}

}  // namespace

std::optional<FileKind> kind_of_bytes(std::string_view begin) {
  if (begin.empty()) return FileKind{"empty", "download it again"};
  for (const auto& magic : magics())
    if (begin.size() >= magic.at + magic.bytes.size() && begin.substr(magic.at, magic.bytes.size()) == magic.bytes)
      return FileKind{magic.name, magic.advice};
  if (is_pickle(begin)) return FileKind{"a pickle", ""};
  if (is_safetensors(begin)) return FileKind{"a safetensors file", ""};
  if (std::all_of(begin.begin(), begin.end(), [](char c) { return c == 0; }))
    return FileKind{"nothing but zeros so far as was looked", "it was cut off or never written: download it again"};
  if (is_text(begin)) return kind_of_text(begin);
  return std::nullopt;
}

std::optional<FileKind> kind_of_file(const std::filesystem::path& file) {
  std::error_code none;
  if (std::filesystem::is_directory(file, none)) return FileKind{"a folder", "name a file in it"};
  if (!std::filesystem::is_regular_file(file, none)) return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string begin(kLook, '\0');
  in.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  if (in.bad() || !in.is_open()) return std::nullopt;
  begin.resize(static_cast<size_t>(in.gcount()));
  return kind_of_bytes(begin);
}

std::string what_it_is(const std::filesystem::path& file) {
  const auto kind = kind_of_file(file);
  if (!kind) return "";
  return ": it is " + kind->name + (kind->advice.empty() ? "" : "; " + kind->advice);
}

}  // namespace retort
