// Mutated files of other programs: torch.save's zip, safetensors, PNG and JPEG. Each is read to its end or refused by an
// Error; what is read is of the shapes it says.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "checkpoint/pickle.h"
#include "checkpoint/torch_file.h"
#include "checkpoint/zip_file.h"
#include "core/error.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "mutate.h"
#include "sdk/torch/tensor_file.h"
#include "structured.h"
#include "vision/codec.h"
#include "vision/decode.h"

namespace retort {
namespace {

/// Runs `read`, which may refuse by an Error and by nothing else.
template <class F>
void read_or_refused(const std::string& what, size_t round, F read) {
  try {
    read();
  } catch (const Error& error) {
    EXPECT_NE(error.kind(), ErrorKind::internal) << what << " " << round << ": " << error.what();
  } catch (const std::exception& error) {
    ADD_FAILURE() << what << " " << round << ": " << error.what();
  }
}

TensorList tensors() {
  return {{"conv1.weight", at::arange(4 * 3 * 9, at::kFloat).view({4, 3, 3, 3})},
          {"bn1.running_var", at::ones({4})},
          {"bn1.num_batches_tracked", at::tensor(int64_t{5})},
          {"fc.weight", at::ones({2, 4}, at::kHalf)}};
}

TEST(Fuzz, TorchFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  {
    OutputFile whole(folder / "whole.pt");
    checkpoint::write_torch_file(whole, tensors());
  }
  const std::string whole = read_file(folder / "whole.pt");
  Mutations mutations("torch files", 3000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    write_file(folder / "x.pt", mutations.round() % 2 == 0 ? mutations.of(whole) : structured.zip(whole));
    read_or_refused("torch file", mutations.round(), [&] {
      const checkpoint::TorchFile file(folder / "x.pt");
      for (const auto& dictionary : file.dictionaries())
        for (const auto& name : dictionary.names) EXPECT_TRUE(file.tensor(dictionary, name).defined());
    });
  }
}

/// The list of tensors alone: inside the file every change of it is one of its checksum.
TEST(Fuzz, PicklesAreReadOrRefused) {
  const TemporaryFolder folder;
  {
    OutputFile file(folder / "whole.pt");
    checkpoint::write_torch_file(file, tensors());
  }
  const std::string file = read_file(folder / "whole.pt");
  const auto zip = checkpoint::ZipFile::open(file, "whole.pt");
  ASSERT_TRUE(zip);
  std::string whole, inflated;
  for (const auto& [name, record] : zip->records())
    if (name.ends_with("data.pkl")) whole = zip->content(record, inflated);
  ASSERT_FALSE(whole.empty());
  Mutations mutations("pickles", 3000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    const std::string bytes = structured.pickle(whole);
    read_or_refused("pickle", mutations.round(), [&] { checkpoint::read_pickle(bytes, "x"); });
  }
}

TEST(Fuzz, TensorFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  write_tensors(folder / "whole.safetensors", tensors());
  const std::string whole = read_file(folder / "whole.safetensors");
  Mutations mutations("tensor files", 3000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    write_file(folder / "x.safetensors", mutations.round() % 2 == 0 ? mutations.of(whole) : structured.tensors(whole));
    read_or_refused("tensor file", mutations.round(), [&] { read_tensors(folder / "x.safetensors"); });
  }
}

/// Odd rounds change a byte, even ones a chunk or a segment.
void decode_changed(const std::string& what, const std::string& whole,
                    std::string (Structured::*change)(const std::string&)) {
  Mutations mutations(what, 3000);
  Structured structured(mutations.random());
  while (mutations.next()) {
    const std::string bytes = mutations.round() % 2 == 0 ? (structured.*change)(whole) : mutations.of(whole);
    read_or_refused(what, mutations.round(), [&] { vision::decode_picture(bytes, "x"); });
  }
}

TEST(Fuzz, PngIsDecodedOrRefused) {
  decode_changed("png", vision::encode_png(at::randint(0, 256, {3, 37, 29}, at::kByte)), &Structured::png);
}

TEST(Fuzz, JpegIsDecodedOrRefused) {
  decode_changed("jpeg", vision::encode_jpeg(at::randint(0, 256, {3, 37, 29}, at::kByte), 80), &Structured::jpeg);
}

}  // namespace
}  // namespace retort
