#include "core/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/error.h"
#include "core/file_trouble.h"
#include "core/hex.h"

namespace retort {
namespace {

// Fetched once: looking the algorithm up by name for every digest costs more than digesting a short text.
const EVP_MD* algorithm() {
  static EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  RETORT_CHECK(fetched);
  return fetched;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  RETORT_CHECK(state_->context && EVP_DigestInit_ex(state_->context, algorithm(), nullptr));
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
  RETORT_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()));
}

std::string Sha256::hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  RETORT_CHECK(EVP_DigestFinal_ex(state_->context, digest, &size));
  RETORT_CHECK(EVP_DigestInit_ex(state_->context, algorithm(), nullptr));
  return hex_of(digest, size);
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 digest;
  digest.update(bytes);
  return digest.hex();
}

std::string sha256_file(const std::filesystem::path& path) {
  const auto failed = [&]() -> Error { return {ErrorKind::data, file_trouble("read", path, errno)}; };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) throw failed();
  Sha256 digest;
  std::vector<char> buffer(1 << 18);
  for (;;) {
    const ssize_t got = ::read(file, buffer.data(), buffer.size());
    if (got > 0) {
      digest.update({buffer.data(), static_cast<size_t>(got)});
    } else if (got == 0) {
      ::close(file);
      return digest.hex();
    } else if (errno != EINTR) {
      const Error error = failed();
      ::close(file);
      throw error;
    }
  }
}

}  // namespace retort
