#include "worker/symbols.h"

#include <elf.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "core/error.h"
#include "core/files.h"

namespace retort {
namespace {

/// A file whose structures are copied out, each after a check that it lies inside.
class Elf {
 public:
  explicit Elf(const std::filesystem::path& path) : path_(path.string()), bytes_(read_file(path)) {
    const auto head = at<Elf64_Ehdr>(0);
    if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64) refuse();
    for (size_t i = 0; i < head.e_shnum; ++i) sections_.push_back(at<Elf64_Shdr>(head.e_shoff + i * head.e_shentsize));
  }

  /// The first section of this type.
  const Elf64_Shdr* section(Elf64_Word type) const {
    for (const auto& one : sections_)
      if (one.sh_type == type) return &one;
    return nullptr;
  }

  template <class F>
  void each_symbol(const Elf64_Shdr& table, F visit) const {
    if (table.sh_link >= sections_.size()) refuse();
    const Elf64_Shdr& names = sections_[table.sh_link];
    for (size_t from = 0; from + sizeof(Elf64_Sym) <= table.sh_size; from += sizeof(Elf64_Sym)) {
      const auto symbol = at<Elf64_Sym>(table.sh_offset + from);
      const size_t name = names.sh_offset + symbol.st_name;
      if (name >= bytes_.size()) refuse();
      visit(symbol, std::string(bytes_.c_str() + name));
    }
  }

 private:
  template <class T>
  T at(size_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) refuse();
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  [[noreturn]] void refuse() const { throw Error(ErrorKind::data, path_ + " is no 64-bit ELF file, or a damaged one"); }

  std::string path_, bytes_;
  std::vector<Elf64_Shdr> sections_;
};

}  // namespace

Symbols symbols_of(const std::filesystem::path& object) {
  const Elf elf(object);
  const Elf64_Shdr* table = elf.section(SHT_SYMTAB);
  if (!table) table = elf.section(SHT_DYNSYM);
  Symbols symbols;
  if (!table) return symbols;
  elf.each_symbol(*table, [&](const Elf64_Sym& symbol, const std::string& name) {
    const auto binding = ELF64_ST_BIND(symbol.st_info);
    if (binding == STB_LOCAL || name.empty()) return;
    if (symbol.st_shndx == SHN_UNDEF) {
      symbols.needed.insert(name);
    } else {
      (binding == STB_GLOBAL ? symbols.strong : symbols.weak).insert(name);
    }
  });
  return symbols;
}

uint64_t size_by_header(const std::filesystem::path& file) {
  Elf64_Ehdr head = {};
  std::ifstream in(file, std::ios::binary);
  if (!in.read(reinterpret_cast<char*>(&head), sizeof head)) return 0;
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64) return 0;
  return head.e_shoff + uint64_t{head.e_shnum} * head.e_shentsize;
}

}  // namespace retort
