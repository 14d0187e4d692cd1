// A stand-in for a CUDA device, preloaded into a worker whose libtorch has none: tensors "on cuda:0" lie in memory that
// the host may not touch, every operation on them computes with the processor's kernel, and what a real card refuses is
// refused: tensors of both devices in one operation, a generator of the other device, a draw without a generator (which
// no seed would repeat), a pointer read by the host (it ends the worker by SIGSEGV). It shows where code forgets the
// device, on a machine without one; it shows nothing of speed, streams, or kernels that only a card has.
#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <cstring>
#include <set>

#include "whole/device/guarded_memory.h"

namespace retort::device {
namespace {

const c10::Device kCard(c10::kCUDA, 0);

// --- memory, guard, hooks: what libtorch asks of a device ---------------------------------------------------------

class Memory final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    void* block = take_block(bytes);
    return {block, block, &give_back_block, kCard};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give_back_block; }
  void copy_data(void* to, const void* from, size_t bytes) const override {
    const Opened target(to), source(from);
    std::memcpy(to, from, bytes);
  }
};

Memory& memory() {
  static auto* const leaked = new Memory;
  return *leaked;
}

struct Guard final : public c10::impl::DeviceGuardImplInterface {
  c10::DeviceType type() const override { return c10::kCUDA; }
  c10::Device exchangeDevice(c10::Device) const override { return kCard; }
  c10::Device getDevice() const override { return kCard; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device) const override { return c10::Stream(c10::Stream::DEFAULT, kCard); }
  c10::Stream getDefaultStream(c10::Device) const override { return getStream(kCard); }
  c10::Stream exchangeStream(c10::Stream) const override { return getStream(kCard); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  void destroyEvent(void*, const c10::DeviceIndex) const noexcept override {}
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeEvent(void*) const override {}
  void synchronizeDevice(const c10::DeviceIndex) const override {}
  void recordDataPtrOnStream(const c10::DataPtr&, const c10::Stream&) const override {}
};

// --- operations ------------------------------------------------------------------------------------------------------

/// The processor's view of a tensor of the card, and the right to use it while this lives.
class Borrowed {
 public:
  explicit Borrowed(const at::Tensor& card) : card_(card), open_(card.storage().data()) {
    auto storage = c10::Storage(c10::Storage::use_byte_size_t(), card.storage().nbytes(),
                                c10::DataPtr(card.storage().mutable_data(), c10::kCPU), nullptr, /*resizable=*/false);
    host_ = at::empty({0}, card.options().device(c10::kCPU).requires_grad(false));
    host_.set_(std::move(storage), card.storage_offset(), card.sizes(), card.strides());
    if (card.is_conj()) host_._set_conj(true);
    if (card.is_neg()) host_._set_neg(true);
  }
  const at::Tensor& card() const { return card_; }
  const at::Tensor& host() const { return host_; }

 private:
  at::Tensor card_;
  Opened open_;
  at::Tensor host_;
};

at::Tensor new_on_card(at::IntArrayRef sizes, at::IntArrayRef strides, at::ScalarType type) {
  return at::detail::empty_strided_generic(sizes, strides, &memory(), c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                           type);
}

at::Tensor moved_to_card(const at::Tensor& host) {
  const at::Tensor dense = host.is_non_overlapping_and_dense() ? host : host.contiguous();
  const at::Tensor card = new_on_card(dense.sizes(), dense.strides(), dense.scalar_type());
  Borrowed(card).host().copy_(dense);
  return card;
}

/// One call: its arguments taken over to the processor, its results back.
class Call {
 public:
  explicit Call(const c10::OperatorHandle& op) : op_(op), name_(op.schema().name()) {}

  void run(torch::jit::Stack* stack) {
    const size_t count = op_.schema().arguments().size(), first = stack->size() - count;
    for (size_t i = 0; i < count; ++i) look_at(op_.schema().arguments()[i], (*stack)[first + i]);
    refuse_what_a_card_refuses();
    for (size_t i = 0; i < count; ++i) (*stack)[first + i] = to_host((*stack)[first + i]);
    {
      const at::AutoDispatchBelowAutograd no_gradients;
      op_.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
    }
    const size_t results = op_.schema().returns().size();
    for (size_t i = stack->size() - results; i < stack->size(); ++i) (*stack)[i] = to_card((*stack)[i]);
    for (auto& [host, card] : grown_) grow(card, host);
  }

 private:
  void look_at(const c10::Argument& argument, const c10::IValue& value) {
    if (value.isTensor()) look_at(argument, value.toTensor());
    if (value.isTensorList())
      for (const at::Tensor& one : value.toTensorVector()) look_at(argument, one);
    if (value.isList() && !value.isTensorList())
      for (const c10::IValue& one : value.toListRef())
        if (one.isTensor()) look_at(argument, one.toTensor());
    if (argument.type()->str() == "Generator?" || value.isGenerator()) {
      takes_generator_ = true;
      if (value.isGenerator() && value.toGenerator().defined()) generator_ = value.toGenerator();
    }
  }
  void look_at(const c10::Argument& argument, const at::Tensor& tensor) {
    if (!tensor.defined()) return;
    if (tensor.is_cuda()) return void(on_card_ = true);
    const bool index =
        argument.name() == "indices" &&
        (name_ == "aten::index" || name_.rfind("aten::index_put", 0) == 0 || name_.rfind("aten::_index_put", 0) == 0);
    if (tensor.dim() > 0 && !index) stranger_ = argument.name();
    if (argument.alias_info() && argument.alias_info()->isWrite()) stranger_ = argument.name();
  }

  void refuse_what_a_card_refuses() const {
    if (on_card_ && !stranger_.empty())
      TORCH_CHECK(false,
                  "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! "
                  "(argument ",
                  stranger_, " of ", name_, ")");
    TORCH_CHECK(!generator_.defined() || generator_.device().is_cuda(),
                "Expected a 'cuda' device type for generator but found '", generator_.device(), "' (", name_, ")");
    TORCH_CHECK(!takes_generator_ || generator_.defined(), name_,
                " draws from the card's own generator, which no seed of a node sets");
  }

  c10::IValue to_host(const c10::IValue& value) {
    if (value.isTensor()) return to_host(value.toTensor());
    if (value.isDevice() && value.toDevice().is_cuda()) return c10::Device(c10::kCPU);
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& one : value.toTensorVector()) list.push_back(to_host(one));
      return list;
    }
    if (value.isList()) {
      c10::impl::GenericList list(value.toList().elementType());
      for (const c10::IValue& one : value.toListRef()) list.push_back(to_host(one));
      return list;
    }
    return value;
  }
  at::Tensor to_host(const at::Tensor& tensor) {
    if (!tensor.defined() || !tensor.is_cuda()) return tensor;
    if (tensor.numel() == 0 && tensor.dim() == 1) {  // an empty one may be an output that the operation resizes
      grown_.emplace_back(at::empty({0}, tensor.options().device(c10::kCPU).requires_grad(false)), tensor);
      return grown_.back().first;
    }
    borrowed_.push_back(std::make_unique<Borrowed>(tensor));
    return borrowed_.back()->host();
  }

  c10::IValue to_card(const c10::IValue& value) {
    if (value.isTensor()) return to_card(value.toTensor());
    if (value.isTensorList()) {
      c10::List<at::Tensor> list;
      for (const at::Tensor& one : value.toTensorVector()) list.push_back(to_card(one));
      return list;
    }
    return value;
  }
  at::Tensor to_card(const at::Tensor& host) {
    if (!host.defined()) return host;
    for (const auto& [mine, card] : grown_)
      if (mine.is_same(host)) return card;
    for (const auto& one : borrowed_) {
      if (one->host().is_same(host)) return one->card();
      if (host.storage().data() == one->card().storage().data() && host.storage().nbytes() > 0)
        return view(one->card(), host);
    }
    return moved_to_card(host);
  }
  static at::Tensor view(const at::Tensor& card, const at::Tensor& host) {
    at::Tensor made = at::detail::make_tensor<c10::TensorImpl>(c10::TensorImpl::VIEW, c10::Storage(card.storage()),
                                                               card.key_set(), host.dtype());
    made.unsafeGetTensorImpl()->set_storage_offset(host.storage_offset());
    made.unsafeGetTensorImpl()->set_sizes_and_strides(host.sizes(), host.strides());
    return made;
  }
  static void grow(const at::Tensor& card, const at::Tensor& host) {
    if (host.numel() == 0) return;
    const at::Tensor made = moved_to_card(host);
    card.unsafeGetTensorImpl()->set_storage_keep_dtype(made.storage());
    card.unsafeGetTensorImpl()->set_sizes_and_strides(made.sizes(), made.strides());
  }

  const c10::OperatorHandle& op_;
  std::string name_, stranger_;
  bool on_card_ = false, takes_generator_ = false;
  at::Generator generator_;
  std::vector<std::unique_ptr<Borrowed>> borrowed_;
  std::vector<std::pair<at::Tensor, at::Tensor>> grown_;  ///< of the processor, of the card
};

void any_operation(const c10::OperatorHandle& op, torch::jit::Stack* stack) { Call(op).run(stack); }

at::Tensor empty(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(sizes, &memory(), c10::DispatchKeySet(c10::DispatchKey::CUDA),
                                   type.value_or(at::kFloat), format);
}

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return new_on_card(sizes, strides, type.value_or(at::kFloat));
}

/// Between the devices, and within the card.
at::Tensor& copy(at::Tensor& to, const at::Tensor& from, bool) {
  std::optional<Borrowed> target, source;
  if (to.is_cuda()) target.emplace(to);
  if (from.is_cuda()) source.emplace(from);
  at::Tensor host = target ? target->host() : to;
  host.copy_(source ? source->host() : from);
  return to;
}

const at::Tensor& resize(const at::Tensor& card, at::IntArrayRef sizes, std::optional<at::MemoryFormat> format) {
  const at::Tensor made = empty(sizes, card.scalar_type(), {}, {}, {}, format);
  if (made.storage().nbytes() > card.storage().nbytes())
    card.unsafeGetTensorImpl()->set_storage_keep_dtype(made.storage());
  card.unsafeGetTensorImpl()->set_sizes_and_strides(made.sizes(), made.strides());
  return card;
}

at::Tensor& set(at::Tensor& card, at::Storage storage, int64_t offset, at::IntArrayRef sizes, at::IntArrayRef strides) {
  card.unsafeGetTensorImpl()->set_storage_keep_dtype(std::move(storage));
  card.unsafeGetTensorImpl()->set_storage_offset(offset);
  card.unsafeGetTensorImpl()->set_sizes_and_strides(sizes, strides);
  return card;
}

[[maybe_unused]] const bool kMemoryIsSet = (c10::SetAllocator(c10::kCUDA, &memory()), true);

}  // namespace

C10_REGISTER_GUARD_IMPL(CUDA, Guard)

}  // namespace retort::device

namespace at {  // the registry knows this name in this namespace
struct CUDAHooks : public CUDAHooksInterface {
  explicit CUDAHooks(CUDAHooksArgs) {}
  void init() const override {}
  bool hasCUDA() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(DeviceIndex) const override { return true; }
  DeviceIndex deviceCount() const override { return 1; }
  int getNumGPUs() const override { return 1; }
  DeviceIndex current_device() const override { return 0; }
  DeviceIndex getCurrentDevice() const override { return 0; }
  bool isPinnedPtr(const void*) const override { return false; }
  Allocator* getPinnedMemoryAllocator() const override { return c10::GetCPUAllocator(); }
};
REGISTER_CUDA_HOOKS(CUDAHooks)
}  // namespace at

TORCH_LIBRARY_IMPL(_, CUDA, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&retort::device::any_operation>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("empty.memory_format", TORCH_FN(retort::device::empty));
  library.impl("empty_strided", TORCH_FN(retort::device::empty_strided));
  library.impl("copy_", TORCH_FN(retort::device::copy));
  library.impl("resize_", TORCH_FN(retort::device::resize));
  library.impl("set_.source_Storage_storage_offset", TORCH_FN(retort::device::set));
  for (const char* name :
       {"convolution", "convolution_backward", "convolution_overrideable"})  // would choose a kernel of cuDNN
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&retort::device::any_operation>());
}
