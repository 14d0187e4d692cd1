#include "sdk/artifact.h"

#include <fstream>

#include "core/error.h"
#include "core/files.h"

namespace retort {

const std::filesystem::path& Artifact::file(const std::string& name) const {
  if (auto it = files.find(name); it != files.end()) return it->second;
  std::string have;
  for (const auto& [one, path] : files) have += (have.empty() ? "" : ", ") + one;
  throw Error(ErrorKind::data, "artifact of kind " + kind + " has no file \"" + name + "\" (it has: " + have + ")");
}

void Output::open(std::filesystem::path folder) {
  folder_ = std::move(folder);
  names_.clear(), taken_.clear(), open_.clear(), written_.clear();
}

std::filesystem::path Output::place(const FileName& name) {
  if (!taken_.insert(name).second)
    throw Error(ErrorKind::internal, "the output file \"" + name + "\" is written twice");
  std::filesystem::path path = folder_ / name.text();
  make_folder(path.parent_path());
  names_.push_back(name);
  return path;
}

OutputFile& Output::file(const FileName& name) {
  open_.emplace_back(name, std::make_unique<OutputFile>(place(name)));
  return *open_.back().second;
}

void Output::copy(const FileName& name, const std::filesystem::path& from) {
  std::ifstream in(from, std::ios::binary);
  if (!in) throw Error(ErrorKind::data, "cannot read " + from.string());
  OutputFile& out = file(name);
  std::string piece(1 << 20, '\0');
  while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
    out.write(piece.data(), in.gcount());
  if (in.bad()) throw Error(ErrorKind::data, "cannot read " + from.string());
  out.close();
}

void Output::link(const FileName& name, const std::filesystem::path& from) {
  const auto path = place(name);
  std::error_code cannot;
  std::filesystem::create_hard_link(from, path, cannot);
  if (!cannot) return written_.push_back(written_file(path, name));
  names_.pop_back(), taken_.erase(name);
  copy(name, from);
}

const std::vector<WrittenFile>& Output::finish() {
  for (auto& [name, file] : open_) {
    file->close();
    written_.push_back(file->written(name));
  }
  open_.clear();
  return written_;
}

}  // namespace retort
