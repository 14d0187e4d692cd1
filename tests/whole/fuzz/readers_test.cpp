// Mutated files of other programs: torch.save's zip, safetensors, PNG and JPEG. Each is read to its end or refused by an
// Error; what is read is of the shapes it says.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "checkpoint/torch_file.h"
#include "core/error.h"
#include "core/files.h"
#include "core/temporary_folder.h"
#include "mutate.h"
#include "sdk/torch/tensor_file.h"
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
  while (mutations.next()) {
    write_file(folder / "x.pt", mutations.of(whole));
    read_or_refused("torch file", mutations.round(), [&] {
      const checkpoint::TorchFile file(folder / "x.pt");
      for (const auto& dictionary : file.dictionaries())
        for (const auto& name : dictionary.names) EXPECT_TRUE(file.tensor(dictionary, name).defined());
    });
  }
}

TEST(Fuzz, TensorFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  write_tensors(folder / "whole.safetensors", tensors());
  const std::string whole = read_file(folder / "whole.safetensors");
  Mutations mutations("tensor files", 3000);
  while (mutations.next()) {
    write_file(folder / "x.safetensors", mutations.of(whole));
    read_or_refused("tensor file", mutations.round(), [&] { read_tensors(folder / "x.safetensors"); });
  }
}

TEST(Fuzz, PicturesAreDecodedOrRefused) {
  const at::Tensor noise = at::randint(0, 256, {3, 37, 29}, at::kByte);
  const std::vector<std::string> whole = {vision::encode_png(noise), vision::encode_jpeg(noise, 80)};
  Mutations mutations("pictures", 6000);
  while (mutations.next()) {
    const std::string bytes = mutations.of(whole[mutations.round() % whole.size()]);
    read_or_refused("picture", mutations.round(), [&] { vision::decode_picture(bytes, "x"); });
  }
}

}  // namespace
}  // namespace retort
