#include "checkpoint/pickle.h"

#include <bit>
#include <cstring>

#include "checkpoint/pickle_maker.h"
#include "checkpoint/pickle_names.h"
#include "core/error.h"

namespace retort::checkpoint {
namespace {

using Kind = Value::Kind;

// A checkpoint of a thousand tensors with its optimiser has some hundred thousand.
constexpr size_t kMostSteps = 20'000'000;
constexpr size_t kLongestName = 256;  // of a module or a name in it

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where, size_t begin) : bytes_(bytes), where_(where), at_(begin) {}

  Pickle read() {
    for (size_t steps = 0;; ++steps) {
      start_ = at_;
      if (steps == kMostSteps) bad("its pickle has more than " + std::to_string(kMostSteps) + " operations");
      const auto code = static_cast<unsigned char>(take(1)[0]);
      if (code == '.') break;
      step(code);
    }
    maker_.made.root = pop();
    maker_.made.end = at_;
    return std::move(maker_.made);
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

  void push(Value* value) { stack_.push_back(value); }
  Value* push_new(Kind kind) {
    push(maker_.make(kind));
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

  void push_global(std::string module, const std::string& name) {
    if (module.size() > kLongestName || name.size() > kLongestName)
      bad("its pickle names \"" + module.substr(0, 40) + "…\", which is longer than any name");
    const std::string full = module + " " + name;
    if (!may_be_named(full))
      bad("its pickle names \"" + module + "." + name +
          "\", which is no part of a state dictionary; nothing of the file was executed, and nothing of it is read");
    push_new(Kind::global)->text = full;
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
        maker_.put_into_dict(push_new(Kind::dict), all);
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
        maker_.put_into_list(top(), {each});
        return;
      }  // APPEND
      case 'e':
      case 0x90: {
        const auto all = pop_to_mark();
        maker_.put_into_list(top(), all);
        return;
      }  // APPENDS, ADDITEMS
      case 's': {
        Value* value = pop();
        Value* key = pop();
        maker_.put_into_dict(top(), {key, value});
        return;
      }  // SETITEM
      case 'u': {
        const auto all = pop_to_mark();
        maker_.put_into_dict(top(), all);
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
      case 'R': {
        const Value* arguments = pop();
        push(maker_.call(pop(), arguments));
        return;
      }  // REDUCE
      case 'b':
        pop();   // attributes: of a dictionary its _metadata, of anything else nothing we look at
        return;  // BUILD
      case 0x81:
        pop();
        push(maker_.object(pop()));
        return;  // NEWOBJ
      case 'Q':
        push(maker_.storage(pop()));
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
  PickleMaker maker_{[this](const std::string& what) { bad(what); }};
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
