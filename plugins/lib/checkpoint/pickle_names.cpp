#include "checkpoint/pickle_names.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

namespace retort::checkpoint {
namespace {

constexpr std::pair<const char*, c10::ScalarType> kStorages[] = {
    {"torch FloatStorage", c10::ScalarType::Float}, {"torch DoubleStorage", c10::ScalarType::Double},
    {"torch HalfStorage", c10::ScalarType::Half},   {"torch BFloat16Storage", c10::ScalarType::BFloat16},
    {"torch LongStorage", c10::ScalarType::Long},   {"torch IntStorage", c10::ScalarType::Int},
    {"torch ShortStorage", c10::ScalarType::Short}, {"torch CharStorage", c10::ScalarType::Char},
    {"torch ByteStorage", c10::ScalarType::Byte},   {"torch BoolStorage", c10::ScalarType::Bool}};

constexpr const char* kCalls[] = {kDict, kTensor, kParameter, kSize};

/// Modules whose objects lie beside weights in published files. Their values are not looked into.
constexpr const char* kInertModules[] = {"argparse",         "numpy",  "omegaconf", "pytorch_lightning", "lightning",
                                         "lightning_fabric", "typing", "pathlib",   "datetime",          "yacs",
                                         "easydict"};
constexpr const char* kInertNames[] = {"collections defaultdict", "collections Counter",
                                       "_codecs encode",          "builtins set",
                                       "__builtin__ set",         "torch device"};

}  // namespace

bool inert(const std::string& name) {
  for (const char* known : kInertNames)
    if (name == known) return true;
  const std::string module = name.substr(0, name.find_first_of(". "));
  for (const char* known : kInertModules)
    if (module == known) return true;
  return name.starts_with("torch ") && std::isalpha(static_cast<unsigned char>(name[6])) &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789", 6) == std::string::npos &&
         (name.find("float") != std::string::npos || name.find("int") != std::string::npos || name.ends_with(" half") ||
          name.ends_with(" bool"));  // an element type
}

const c10::ScalarType* storage_type(const std::string& name) {
  for (const auto& [known, type] : kStorages)
    if (name == known) return &type;
  return nullptr;
}

bool may_be_named(const std::string& name) {
  return storage_type(name) || inert(name) ||
         std::any_of(std::begin(kCalls), std::end(kCalls), [&](const char* call) { return name == call; });
}

}  // namespace retort::checkpoint
