#include "checkpoint/pickle.h"

#include <bit>
#include <cstring>

#include "core/error.h"

namespace retort::checkpoint {
namespace {

using Kind = Value::Kind;

constexpr std::pair<const char*, c10::ScalarType> kStorages[] = {
    {"torch FloatStorage", c10::ScalarType::Float}, {"torch DoubleStorage", c10::ScalarType::Double},
    {"torch HalfStorage", c10::ScalarType::Half},   {"torch BFloat16Storage", c10::ScalarType::BFloat16},
    {"torch LongStorage", c10::ScalarType::Long},   {"torch IntStorage", c10::ScalarType::Int},
    {"torch ShortStorage", c10::ScalarType::Short}, {"torch CharStorage", c10::ScalarType::Char},
    {"torch ByteStorage", c10::ScalarType::Byte},   {"torch BoolStorage", c10::ScalarType::Bool}};

constexpr const char* kDict = "collections OrderedDict";
constexpr const char* kTensor = "torch._utils _rebuild_tensor_v2";
constexpr const char* kParameter = "torch._utils _rebuild_parameter";
constexpr const char* kSize = "torch Size";
constexpr const char* kCalls[] = {kDict, kTensor, kParameter, kSize};

/// Modules whose objects lie beside weights in published files. Their values are not looked into.
constexpr const char* kInertModules[] = {"argparse",         "numpy",  "omegaconf", "pytorch_lightning", "lightning",
                                         "lightning_fabric", "typing", "pathlib",   "datetime",          "yacs",
                                         "easydict"};
constexpr const char* kInertNames[] = {"collections defaultdict", "collections Counter",
                                       "_codecs encode",          "builtins set",
                                       "__builtin__ set",         "torch device"};

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

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where, size_t begin) : bytes_(bytes), where_(where), at_(begin) {}

  Pickle read() {
    for (;;) {
      start_ = at_;
      const auto code = static_cast<unsigned char>(take(1)[0]);
      if (code == '.') break;
      step(code);
    }
    made_.root = pop();
    made_.end = at_;
    return std::move(made_);
  }

 private:
  [[noreturn]] void bad(const std::string& what) const {
    throw Error(ErrorKind::data, where_ + ": " + what + " (byte " + std::to_string(start_) + ")");
  }

  std::string_view take(size_t count) {
    if (count > bytes_.size() - at_)
      throw Error(ErrorKind::data,
                  where_ + ": the list of its tensors is cut off at byte " + std::to_string(bytes_.size()));
    const auto part = bytes_.substr(at_, count);
    at_ += count;
    return part;
  }
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string line() {
    const size_t end = bytes_.find('\n', at_);
    const auto part = take((end == std::string_view::npos ? bytes_.size() : end) - at_);
    take(1);
    return std::string(part);
  }

  Value* make(Kind kind) {
    Value& value = made_.values.emplace_back();
    value.kind = kind;
    return &value;
  }
  void push(Value* value) { stack_.push_back(value); }
  Value* push_new(Kind kind) {
    push(make(kind));
    return stack_.back();
  }
  void push_integer(int64_t value, Kind kind = Kind::integer) { push_new(kind)->integer = value; }
  void push_text(std::string_view text) { push_new(Kind::text)->text = text; }
  Value* pop() {
    if (stack_.empty() || (!marks_.empty() && marks_.back() >= stack_.size()))
      bad("its pickle takes from an empty stack");
    Value* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  Value* top() {
    Value* value = pop();
    push(value);
    return value;
  }
  std::vector<Value*> pop_to_mark() {
    if (marks_.empty()) bad("its pickle closes a list that was not opened");
    const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Value*> values(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return values;
  }
  void push_tuple(size_t count) {
    std::vector<Value*> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push_new(Kind::list)->items = std::move(items);
  }
  void remember(uint64_t index) { memo_[index] = top(); }
  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) bad("its pickle refers to an object that is not there");
    push(found->second);
  }

  static void put(Value* dict, const std::vector<Value*>& pairs) {
    for (size_t i = 0; i + 1 < pairs.size(); i += 2) dict->entries.emplace_back(pairs[i], pairs[i + 1]);
  }
  void put_into_dict(const std::vector<Value*>& pairs) {
    Value* dict = top();
    if (dict->is(Kind::inert)) return;
    if (!dict->is(Kind::dict) || pairs.size() % 2 != 0) bad("its pickle puts entries into what is no dictionary");
    put(dict, pairs);
  }
  void put_into_list(const std::vector<Value*>& values) {
    Value* list = top();
    if (list->is(Kind::inert)) return;
    if (!list->is(Kind::list)) bad("its pickle appends to what is no list");
    list->items.insert(list->items.end(), values.begin(), values.end());
  }

  void push_global(std::string module, const std::string& name) {
    const std::string full = module + " " + name;
    bool known = storage_type(full) != nullptr || inert(full);
    for (const char* call : kCalls) known = known || full == call;
    if (!known)
      bad("its pickle names \"" + module + "." + name +
          "\", which is no part of a state dictionary; nothing of the file was executed, and nothing of it is read");
    push_new(Kind::global)->text = full;
  }

  void call() {
    const Value* arguments = pop();
    const Value* function = pop();
    if (function->is(Kind::inert) || (function->is(Kind::global) && inert(function->text))) {
      push_new(Kind::inert)->text = function->text;
      return;
    }
    if (!function->is(Kind::global) || !arguments->is(Kind::list)) bad("its pickle calls what is no function");
    if (function->text == kDict) return call_dict(*arguments);
    if (function->text == kTensor) return call_tensor(*arguments);
    if (function->text == kParameter && !arguments->items.empty()) return push(arguments->items[0]);
    if (function->text == kSize && !arguments->items.empty()) return push(arguments->items[0]);
    bad("its pickle calls \"" + function->text + "\" in a way no state dictionary does");
  }

  /// Empty, or a list of pairs (Python 2).
  void call_dict(const Value& arguments) {
    Value* dict = push_new(Kind::dict);
    if (arguments.items.empty()) return;
    for (const Value* pair : arguments.items[0]->items) {
      if (pair->items.size() != 2) bad("its pickle makes a dictionary of what are no pairs");
      dict->entries.emplace_back(pair->items[0], pair->items[1]);
    }
  }

  std::vector<int64_t> integers(const Value* list) const {
    std::vector<int64_t> result;
    for (const Value* each : list->items) {
      if (!each->is(Kind::integer) || each->integer < 0) bad("a tensor has a size or stride that is no number");
      result.push_back(each->integer);
    }
    return result;
  }

  void call_tensor(const Value& arguments) {
    const auto& items = arguments.items;
    if (items.size() < 4 || !items[0]->is(Kind::storage) || !items[1]->is(Kind::integer) || items[1]->integer < 0 ||
        !items[2]->is(Kind::list) || !items[3]->is(Kind::list))
      bad("a tensor lacks its storage, offset, sizes or strides");
    Value* tensor = make(Kind::tensor);
    tensor->storage = items[0];
    tensor->integer = items[1]->integer;
    tensor->sizes = integers(items[2]), tensor->strides = integers(items[3]);
    int64_t last = tensor->integer;  // element furthest into the storage
    for (size_t i = 0; i < tensor->sizes.size() && tensor->sizes.size() == tensor->strides.size(); ++i) {
      int64_t reach = 0;
      if (tensor->sizes[i] == 0)
        last = -1, i = tensor->sizes.size() - 1;  // no element
      else if (__builtin_mul_overflow(tensor->sizes[i] - 1, tensor->strides[i], &reach) ||
               __builtin_add_overflow(last, reach, &last))
        bad("a tensor reaches beyond its storage");
    }
    if (tensor->sizes.size() != tensor->strides.size()) bad("a tensor has more sizes than strides, or fewer");
    if (last >= tensor->storage->integer) bad("a tensor reaches beyond its storage");
    push(tensor);
  }

  /// ("storage", type, key, place, elements[, view])
  void persistent() {
    const Value* id = pop();
    const auto& items = id->items;
    const c10::ScalarType* type =
        items.size() >= 5 && items[1]->is(Kind::global) ? storage_type(items[1]->text) : nullptr;
    if (!type || !items[2]->is(Kind::text) || !items[4]->is(Kind::integer) || items[4]->integer < 0)
      bad("its pickle refers to something outside that is no storage");
    if (items.size() > 5 && items[5]->is(Kind::list)) bad("a storage is a view of another: not read here");
    const auto known = made_.storages.find(items[2]->text);
    if (known != made_.storages.end()) return push(known->second);
    Value* storage = push_new(Kind::storage);
    storage->text = items[2]->text;
    storage->type = *type;
    storage->integer = items[4]->integer;
    made_.storages[storage->text] = storage;
  }

  /// Attributes of an object: of a dictionary its _metadata, of anything else nothing we look at.
  void build() { pop(); }

  void new_object() {
    pop();
    const Value* type = pop();
    if (!type->is(Kind::global) || !inert(type->text))
      bad("its pickle makes an object of a class that is not known here");
    push_new(Kind::inert)->text = type->text;
  }

  void push_long(size_t count) {
    const auto bytes = take(count);
    if (count > 10) bad("its pickle holds an integer of " + std::to_string(count) + " bytes");
    uint64_t value = 0;
    for (size_t i = std::min<size_t>(count, 8); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    if (count > 0 && count < 8 && (bytes[count - 1] & 0x80)) value |= ~uint64_t{0} << (8 * count);
    push_integer(static_cast<int64_t>(value));
  }

  double real() {
    uint64_t bits = 0;
    for (const char c : take(8)) bits = bits << 8 | static_cast<unsigned char>(c);
    return std::bit_cast<double>(bits);
  }

  void step(unsigned char code) {
    switch (code) {
      case 0x80:
        take(1);
        return;  // PROTO
      case 0x95:
        take(8);
        return;  // FRAME
      case '(':
        marks_.push_back(stack_.size());
        return;  // MARK
      case '0':
        pop();
        return;  // POP
      case 'N':
        push_new(Kind::none);
        return;  // NONE
      case 0x88:
        push_integer(1, Kind::boolean);
        return;  // NEWTRUE
      case 0x89:
        push_integer(0, Kind::boolean);
        return;  // NEWFALSE
      case 'J':
        push_integer(number<int32_t>());
        return;  // BININT
      case 'K':
        push_integer(number<uint8_t>());
        return;  // BININT1
      case 'M':
        push_integer(number<uint16_t>());
        return;  // BININT2
      case 0x8a:
        push_long(number<uint8_t>());
        return;  // LONG1
      case 'G':
        push_new(Kind::real)->real = real();
        return;  // BINFLOAT
      case 'X':
        push_text(take(number<uint32_t>()));
        return;  // BINUNICODE
      case 0x8c:
        push_text(take(number<uint8_t>()));
        return;  // SHORT_BINUNICODE
      case 'U':
        push_text(take(number<uint8_t>()));
        return;  // SHORT_BINSTRING
      case 'T':
        push_text(take(number<uint32_t>()));
        return;  // BINSTRING
      case 'C':
        push_text(take(number<uint8_t>()));
        return;  // SHORT_BINBYTES
      case 'B':
        push_text(take(number<uint32_t>()));
        return;  // BINBYTES
      case '}':
        push_new(Kind::dict);
        return;  // EMPTY_DICT
      case ']':
      case ')':
      case 0x8f:
        push_new(Kind::list);
        return;  // EMPTY_LIST, _TUPLE, _SET
      case 0x85:
        push_tuple(1);
        return;  // TUPLE1
      case 0x86:
        push_tuple(2);
        return;  // TUPLE2
      case 0x87:
        push_tuple(3);
        return;  // TUPLE3
      case 't':
      case 'l': {
        const auto all = pop_to_mark();
        push_new(Kind::list)->items.assign(all.begin(), all.end());
        return;
      }
      case 'd': {
        const auto all = pop_to_mark();
        put(push_new(Kind::dict), all);
        return;
      }  // DICT
      case 'q':
        remember(number<uint8_t>());
        return;  // BINPUT
      case 'r':
        remember(number<uint32_t>());
        return;  // LONG_BINPUT
      case 0x94:
        remember(memo_.size());
        return;  // MEMOIZE
      case 'h':
        recall(number<uint8_t>());
        return;  // BINGET
      case 'j':
        recall(number<uint32_t>());
        return;  // LONG_BINGET
      case 'a': {
        Value* each = pop();
        put_into_list({each});
        return;
      }  // APPEND
      case 'e':
      case 0x90: {
        const auto all = pop_to_mark();
        put_into_list(all);
        return;
      }  // APPENDS, ADDITEMS
      case 's': {
        Value* value = pop();
        Value* key = pop();
        put_into_dict({key, value});
        return;
      }  // SETITEM
      case 'u': {
        const auto all = pop_to_mark();
        put_into_dict(all);
        return;
      }  // SETITEMS
      case 'c': {
        const std::string module = line();
        push_global(module, line());
        return;
      }  // GLOBAL
      case 0x93: {
        const Value* name = pop();
        push_global(pop()->text, name->text);
        return;
      }  // STACK_GLOBAL
      case 'R':
        call();
        return;  // REDUCE
      case 'b':
        build();
        return;  // BUILD
      case 0x81:
        new_object();
        return;  // NEWOBJ
      case 'Q':
        persistent();
        return;  // BINPERSID
      default:
        break;
    }
    static constexpr char kDigits[] = "0123456789abcdef";
    bad(std::string("its pickle uses operation 0x") + kDigits[code >> 4] + kDigits[code & 15] +
        ", which no state dictionary needs");
  }

  std::string_view bytes_;
  std::string where_;
  size_t at_, start_ = 0;
  Pickle made_;
  std::vector<Value*> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, Value*> memo_;
};

}  // namespace

const Value* Value::find(const std::string& key) const {
  const Value* found = nullptr;
  for (const auto& [name, value] : entries)
    if (name->is(Kind::text) && name->text == key) found = value;
  return found;
}

Pickle read_pickle(std::string_view bytes, const std::string& where, size_t begin) {
  return Reader(bytes, where, begin).read();
}

}  // namespace retort::checkpoint
