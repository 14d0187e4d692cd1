#include "checkpoint/pickle_maker.h"

#include <algorithm>

#include "checkpoint/pickle_names.h"
#include "core/error.h"

namespace retort::checkpoint {

using Kind = Value::Kind;

namespace {
constexpr size_t kMostValues = 4'000'000, kMostEntries = 20'000'000;
constexpr size_t kMostDimensions = 64;               // PyTorch's own limit
constexpr int64_t kFreeElements = int64_t{1} << 24;  // that a tensor may have beyond its storage's (strides of 0)
}  // namespace

void PickleMaker::bad(const std::string& what) const {
  bad_(what);
  throw Error(ErrorKind::data, what);  // not reached
}

void PickleMaker::charge(size_t entries) {
  entries_ += entries;
  if (entries_ > kMostEntries)
    bad("its pickle puts more than " + std::to_string(kMostEntries) + " entries into lists and dictionaries");
}

Value* PickleMaker::make(Kind kind) {
  if (made.values.size() == kMostValues) bad("its pickle makes more than " + std::to_string(kMostValues) + " objects");
  Value& value = made.values.emplace_back();
  value.kind = kind;
  return &value;
}

void PickleMaker::put_into_dict(Value* dict, const std::vector<Value*>& keys_and_values) {
  if (dict->is(Kind::inert)) return;
  if (!dict->is(Kind::dict) || keys_and_values.size() % 2 != 0)
    bad("its pickle puts entries into what is no dictionary");
  charge(keys_and_values.size() / 2);
  for (size_t i = 0; i + 1 < keys_and_values.size(); i += 2)
    dict->entries.emplace_back(keys_and_values[i], keys_and_values[i + 1]);
}

void PickleMaker::put_into_list(Value* list, const std::vector<Value*>& values) {
  if (list->is(Kind::inert)) return;
  if (!list->is(Kind::list)) bad("its pickle appends to what is no list");
  charge(values.size());
  list->items.insert(list->items.end(), values.begin(), values.end());
}

Value* PickleMaker::call(const Value* function, const Value* arguments) {
  if (function->is(Kind::inert) || (function->is(Kind::global) && inert(function->text))) {
    Value* nothing = make(Kind::inert);
    nothing->text = function->text;
    return nothing;
  }
  if (!function->is(Kind::global) || !arguments->is(Kind::list)) bad("its pickle calls what is no function");
  if (function->text == kDict) return call_dict(*arguments);
  if (function->text == kTensor) return call_tensor(*arguments);
  if ((function->text == kParameter || function->text == kSize) && !arguments->items.empty())
    return arguments->items[0];
  bad("its pickle calls \"" + function->text + "\" in a way no state dictionary does");
}

/// Empty, or a list of pairs (Python 2).
Value* PickleMaker::call_dict(const Value& arguments) {
  Value* dict = make(Kind::dict);
  if (arguments.items.empty()) return dict;
  charge(arguments.items[0]->items.size());
  for (const Value* pair : arguments.items[0]->items) {
    if (pair->items.size() != 2) bad("its pickle makes a dictionary of what are no pairs");
    dict->entries.emplace_back(pair->items[0], pair->items[1]);
  }
  return dict;
}

std::vector<int64_t> PickleMaker::integers(const Value* list) const {
  std::vector<int64_t> result;
  for (const Value* each : list->items) {
    if (!each->is(Kind::integer) || each->integer < 0) bad("a tensor has a size or stride that is no number");
    result.push_back(each->integer);
  }
  return result;
}

Value* PickleMaker::call_tensor(const Value& arguments) {
  const auto& items = arguments.items;
  if (items.size() < 4 || !items[0]->is(Kind::storage) || !items[1]->is(Kind::integer) || items[1]->integer < 0 ||
      !items[2]->is(Kind::list) || !items[3]->is(Kind::list))
    bad("a tensor lacks its storage, offset, sizes or strides");
  Value* tensor = make(Kind::tensor);
  tensor->storage = items[0];
  tensor->integer = items[1]->integer;
  tensor->sizes = integers(items[2]), tensor->strides = integers(items[3]);
  check_reach(*tensor);
  return tensor;
}

void PickleMaker::check_reach(const Value& tensor) const {
  if (tensor.sizes.size() != tensor.strides.size()) bad("a tensor has more sizes than strides, or fewer");
  if (tensor.sizes.size() > kMostDimensions) bad("a tensor has " + std::to_string(tensor.sizes.size()) + " dimensions");
  int64_t count = 1;
  for (const int64_t size : tensor.sizes)
    if (__builtin_mul_overflow(count, std::max<int64_t>(size, 1), &count) ||
        count > std::max(tensor.storage->integer, kFreeElements))
      bad("a tensor has more elements than its storage, by far");
  int64_t last = tensor.integer;  // element furthest into the storage
  for (size_t i = 0; i < tensor.sizes.size(); ++i) {
    if (tensor.sizes[i] == 0) return;  // no element
    int64_t reach = 0;
    if (__builtin_mul_overflow(tensor.sizes[i] - 1, tensor.strides[i], &reach) ||
        __builtin_add_overflow(last, reach, &last))
      bad("a tensor reaches beyond its storage");
  }
  if (last >= tensor.storage->integer) bad("a tensor reaches beyond its storage");
}

Value* PickleMaker::storage(const Value* id) {
  const auto& items = id->items;
  const c10::ScalarType* type =
      items.size() >= 5 && items[1]->is(Kind::global) ? storage_type(items[1]->text) : nullptr;
  if (!type || !items[2]->is(Kind::text) || !items[4]->is(Kind::integer) || items[4]->integer < 0)
    bad("its pickle refers to something outside that is no storage");
  if (items.size() > 5 && items[5]->is(Kind::list)) bad("a storage is a view of another: not read here");
  const auto known = made.storages.find(items[2]->text);
  if (known != made.storages.end()) {
    if (known->second->type != *type || known->second->integer != items[4]->integer)
      bad("storage \"" + known->first.substr(0, 40) + "\" is there twice, with other types or sizes");
    return known->second;
  }
  Value* storage = make(Kind::storage);
  storage->text = items[2]->text;
  storage->type = *type;
  storage->integer = items[4]->integer;
  made.storages[storage->text] = storage;
  return storage;
}

Value* PickleMaker::object(const Value* type) {
  if (!type->is(Kind::global) || !inert(type->text))
    bad("its pickle makes an object of a class that is not known here");
  Value* object = make(Kind::inert);
  object->text = type->text;
  return object;
}

}  // namespace retort::checkpoint
