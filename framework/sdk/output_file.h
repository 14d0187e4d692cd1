#pragma once
// A file of an output while a node writes it.
#include <filesystem>
#include <memory>
#include <ostream>
#include <string_view>

#include "core/file_writer.h"

namespace retort {

/// A stream that is written from front to back. What cannot be written throws Error(store), at the byte that could not;
/// a node that goes on all the same fails when it ends, with the same words. What is published is what went through it.
class OutputFile final : public std::ostream {
 public:
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile() override;

  /// Gives the file back to the system: for nodes that write thousands. The engine closes the others.
  void close();
  std::string name() const;                            ///< of the file, for messages
  WrittenFile written(const std::string& name) const;  ///< [engine] after `close`

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

/// The whole file at once.
void write_file(OutputFile& file, std::string_view bytes);

}  // namespace retort
