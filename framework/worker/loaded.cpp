#include "worker/loaded.h"

#include <elf.h>
#include <link.h>

#include <cstring>

#include "core/hex.h"
#include "worker/members.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

size_t padded(size_t size) { return (size + 3) & ~size_t{3}; }

/// The build id among the notes at `from`.
std::string build_id(const char* from, size_t size) {
  for (size_t at = 0; at + sizeof(ElfW(Nhdr)) <= size;) {
    ElfW(Nhdr) note;
    std::memcpy(&note, from + at, sizeof note);
    const char* name = from + at + sizeof note;
    const char* value = name + padded(note.n_namesz);
    at += sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
    if (at > size || note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || std::memcmp(name, "GNU", 4) != 0) continue;
    return hex_of(reinterpret_cast<const unsigned char*>(value), note.n_descsz);
  }
  return "";
}

int visit(dl_phdr_info* info, size_t, void* found) {
  std::string id;
  for (size_t i = 0; i < info->dlpi_phnum && id.empty(); ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type == PT_NOTE)
      id = build_id(reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr), header.p_memsz);
  }
  (*static_cast<std::map<std::string, std::string>*>(found))[info->dlpi_name] = id;
  return 0;
}

}  // namespace

std::map<std::string, std::string> loaded_builds() {
  std::map<std::string, std::string> found;
  ::dl_iterate_phdr(visit, &found);
  return found;
}

std::map<std::string, std::string> project_libraries(const fs::path& plugin) {
  std::map<std::string, std::string> libraries = loaded_builds();
  std::erase_if(libraries, [&](const auto& one) {
    std::error_code none;
    return one.first != plugin && !fs::equivalent(one.first, plugin, none) &&
           !fs::exists(members_file(one.first), none);
  });
  return libraries;
}

std::map<std::string, std::string> project_builds(const fs::path& plugin) {
  std::map<std::string, std::string> builds;
  for (const auto& [path, id] : project_libraries(plugin)) builds[fs::path(path).filename().string()] = id;
  return builds;
}

}  // namespace retort
