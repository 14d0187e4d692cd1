// torch.save's zip: data.pkl names the tensors, data/<i> holds their bytes.
#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>

#include <exception>

#include "checkpoint/torch_file.h"
#include "core/error.h"

namespace retort::checkpoint {
namespace {

const char* storage_of(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return "FloatStorage";
    case at::kDouble:
      return "DoubleStorage";
    case at::kHalf:
      return "HalfStorage";
    case at::kBFloat16:
      return "BFloat16Storage";
    case at::kLong:
      return "LongStorage";
    case at::kInt:
      return "IntStorage";
    case at::kByte:
      return "ByteStorage";
    default:
      throw Error(ErrorKind::internal, std::string("a .pt file is not written with type ") + at::toString(type));
  }
}

/// Opcodes of pickle's protocol 2, as torch.save uses them; nothing is memoised.
class Writer {
 public:
  std::string state_dictionary(const TensorList& tensors) {
    text_ = "\x80\x02";
    dictionary();
    text_ += '(';
    for (size_t i = 0; i < tensors.size(); ++i) {
      string(tensors[i].first);
      tensor(std::to_string(i), tensors[i].second);
    }
    return text_ + "u.";
  }

 private:
  void dictionary() { text_ += "ccollections\nOrderedDict\n)R"; }
  void string(const std::string& value) {
    text_ += 'X';
    little(static_cast<uint32_t>(value.size()));
    text_ += value;
  }
  void little(uint64_t value, int bytes = 4) {
    for (int i = 0; i < bytes; ++i) text_ += static_cast<char>(value >> (8 * i));
  }
  void integer(int64_t value) {
    text_ += '\x8a', text_ += '\x08';  // LONG1 of eight bytes
    little(static_cast<uint64_t>(value), 8);
  }
  void integers(at::IntArrayRef values) {
    text_ += '(';
    for (const int64_t each : values) integer(each);
    text_ += 't';
  }
  void tensor(const std::string& key, const at::Tensor& value) {
    text_ += "ctorch._utils\n_rebuild_tensor_v2\n((";
    string("storage");
    text_ += std::string("ctorch\n") + storage_of(value.scalar_type()) + "\n";
    string(key);
    string("cpu");
    integer(value.numel());
    text_ += "tQ";
    integer(0);
    integers(value.sizes());
    integers(at::empty(value.sizes(), at::kMeta).strides());
    text_ += '\x89';
    dictionary();
    text_ += "tR";
  }

  std::string text_;
};

}  // namespace

void write_torch_file(OutputFile& file, const TensorList& tensors) {
  // Its destructor writes too: an exception must not come out of what it calls. The first one is thrown at the end.
  std::exception_ptr failure;
  caffe2::serialize::PyTorchStreamWriter zip([&](const void* bytes, size_t count) {
    try {
      if (!failure) file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
    } catch (...) {
      failure = std::current_exception();
    }
    return count;
  });
  const std::string pickle = Writer().state_dictionary(tensors);
  zip.writeRecord("data.pkl", pickle.data(), pickle.size());
  zip.writeRecord("byteorder", "little", 6);
  for (size_t i = 0; i < tensors.size(); ++i) {
    const at::Tensor plain = tensors[i].second.detach().cpu().contiguous();
    zip.writeRecord("data/" + std::to_string(i), plain.const_data_ptr(), plain.nbytes());
  }
  zip.writeEndOfFile();
  if (failure) std::rethrow_exception(failure);
  file.close();
}

}  // namespace retort::checkpoint
