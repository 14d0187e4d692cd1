#include "sdk/output_file.h"

#include <streambuf>

#include "core/error.h"

namespace retort {

class OutputFile::Buffer final : public std::streambuf {
 public:
  explicit Buffer(std::filesystem::path path) : path_(path), writer_(std::move(path)) {}
  FileWriter& writer() { return writer_; }
  std::string name() const { return path_.filename().string(); }

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char byte = traits_type::to_char_type(c);
    writer_.write({&byte, 1});
    return c;
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    writer_.write({bytes, static_cast<size_t>(count)});
    return count;
  }
  int sync() override {
    writer_.flush();
    return 0;
  }
  /// tellp() alone: what was written is digested already.
  pos_type seekoff(off_type offset, std::ios_base::seekdir from, std::ios_base::openmode) override {
    const auto end = static_cast<off_type>(writer_.size());
    if (offset == 0 && from != std::ios_base::beg) return end;
    return seekpos(from == std::ios_base::beg ? offset : end + offset, std::ios_base::out);
  }
  pos_type seekpos(pos_type to, std::ios_base::openmode) override {
    if (to == static_cast<off_type>(writer_.size())) return to;
    throw Error(ErrorKind::internal, path_.string() + " is written from front to back: there is no way back in it");
  }

 private:
  const std::filesystem::path path_;
  FileWriter writer_;
};

OutputFile::OutputFile(std::filesystem::path path)
    : std::ostream(nullptr), buffer_(std::make_unique<Buffer>(std::move(path))) {
  rdbuf(buffer_.get());
  exceptions(std::ios_base::badbit | std::ios_base::failbit);
}

OutputFile::~OutputFile() = default;

void OutputFile::close() { buffer_->writer().close(); }
std::string OutputFile::name() const { return buffer_->name(); }
WrittenFile OutputFile::written(const std::string& name) const { return buffer_->writer().written(name); }

void write_file(OutputFile& file, std::string_view bytes) {
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
}

}  // namespace retort
