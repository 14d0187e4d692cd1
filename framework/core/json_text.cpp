#include "core/json_text.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "core/error.h"

namespace retort {
namespace {

constexpr size_t kBlock = 128;

/// Characters that begin in these bytes of UTF-8.
uint32_t characters_in(std::string_view bytes) {
  return static_cast<uint32_t>(std::count_if(bytes.begin(), bytes.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool by_name(const Marks& a, std::string_view name) { return a.name < name; }

/// Lets the JSON library read a text while saying how far it has come.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

/// Builds value and marks from the library's events. Each event comes when its token was just read, numbers one
/// character later; where the token began is found backwards.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(const Texts& texts, uint32_t source, Diagnostics& diagnostics, MarkedJson& result)
      : texts_(texts), source_(source), text_(texts.text(source)), diagnostics_(diagnostics) {
    reached = text_.data();
    open_.push_back({&result.value, &result.marks});
  }

  const char* reached;

  bool null() override { return scalar(nullptr, word_start(4)); }
  bool boolean(bool value) override { return scalar(value, word_start(value ? 4 : 5)); }
  bool number_integer(number_integer_t value) override { return scalar(value, number_start()); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(value, number_start()); }
  bool number_float(number_float_t value, const string_t&) override { return scalar(value, number_start()); }
  bool string(string_t& value) override { return scalar(std::move(value), string_start()); }
  bool binary(binary_t&) override { return false; }  // JSON text has none

  bool start_object(size_t) override { return open(Json::object()); }
  bool start_array(size_t) override { return open(Json::array()); }
  bool end_array() override { return close(); }
  bool end_object() override {
    auto& inside = open_.back().marks->inside;
    const auto less = [](const Marks& a, const Marks& b) { return a.name < b.name; };
    if (!std::is_sorted(inside.begin(), inside.end(), less)) std::sort(inside.begin(), inside.end(), less);
    return close();
  }

  bool key(string_t& name) override {
    const Open& object = open_.back();
    key_ = mark(string_start());
    auto [it, fresh] = object.value->get_ref<Json::object_t&>().try_emplace(name);
    member_ = &it->second;
    if (fresh) {
      member_marks_ = &object.marks->inside.emplace_back();
      member_marks_->name = name;
    } else {
      member_marks_ = &object.marks->inside[first_of(name)];
      diagnostics_.error(texts_.place(key_), "key \"" + name + "\" is written twice",
                         "first at " + to_string(texts_.place(member_marks_->key)));
    }
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    size_t offset = std::min(position ? position - 1 : 0, text_.size());
    std::string what = error.what();
    if (size_t id = what.find("] "); id != std::string::npos) what.erase(0, id + 2);
    if (size_t column = what.find(", column "); column != std::string::npos)
      if (size_t end = what.find(": ", column); end != std::string::npos) what.erase(0, end + 2);
    if (size_t read = what.find("; last read: "); read != std::string::npos) what.erase(read);
    if (what.rfind("syntax error ", 0) == 0) what.erase(0, 13);
    if (what.rfind("attempting to parse an empty input", 0) == 0) what = "the text is empty";
    if (what.find("unexpected string literal") != std::string::npos) offset = string_start();
    if (what.find("unexpected number literal") != std::string::npos) offset = number_start();
    const size_t before = text_.find_last_not_of(" \t\r\n", offset ? offset - 1 : 0);
    const bool closing = offset < text_.size() && (text_[offset] == '}' || text_[offset] == ']');
    const bool comma = offset && closing && before != std::string::npos && text_[before] == ',';
    diagnostics_.error(texts_.place(mark(offset)), "not valid JSON: " + what,
                       comma ? "remove the comma before it" : "");
    return false;
  }

 private:
  struct Open {
    Json* value;
    Marks* marks;
    std::unordered_map<std::string, size_t> places{};  ///< of members among the marks, once one was written twice
  };

  /// Where the marks of a member are that was met before.
  size_t first_of(const std::string& name) {
    Open& object = open_.back();
    const auto& inside = object.marks->inside;
    for (size_t i = object.places.size(); i < inside.size(); ++i) object.places.emplace(inside[i].name, i);
    return object.places.at(name);
  }

  Mark mark(size_t offset) const { return {source_, static_cast<uint32_t>(offset)}; }
  size_t here() const { return static_cast<size_t>(reached - text_.data()); }
  size_t word_start(size_t length) const { return here() - length; }

  size_t number_start() const {
    const auto belongs = [](char c) {
      return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
    };
    size_t at = here();
    if (at > 0 && !belongs(text_[at - 1])) --at;
    while (at > 0 && belongs(text_[at - 1])) --at;
    return at;
  }

  size_t string_start() const {
    for (size_t at = here() - 1; at > 0;) {
      if (text_[--at] != '"') continue;
      size_t escapes = 0;
      while (escapes < at && text_[at - escapes - 1] == '\\') ++escapes;
      if (escapes % 2 == 0) return at;
    }
    return 0;
  }

  /// The slot the next value goes to: the member just named, the next element of the list, or the whole document.
  Open slot(size_t offset) {
    Open& last = open_.back();
    Open place{last.value, last.marks};
    if (member_) {
      place = {member_, member_marks_};
      place.marks->key = key_;
      place.marks->inside.clear();
      member_ = nullptr;
    } else if (last.value->is_array()) {
      place = {&last.value->get_ref<Json::array_t&>().emplace_back(), &last.marks->inside.emplace_back()};
    }
    place.marks->value = mark(offset);
    return place;
  }

  template <class T>
  bool scalar(T&& value, size_t offset) {
    *slot(offset).value = std::forward<T>(value);
    return true;
  }

  bool open(Json empty) {
    const size_t offset = here() - 1;
    if (open_.size() > kDeepestJson) {
      diagnostics_.error(texts_.place(mark(offset)), "nested deeper than " + std::to_string(kDeepestJson) + " levels");
      return false;
    }
    const Open place = slot(offset);
    *place.value = std::move(empty);
    open_.push_back(place);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const Texts& texts_;
  const uint32_t source_;
  const std::string& text_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;  ///< the document, then each object and list that is not closed yet
  Json* member_ = nullptr;
  Marks* member_marks_ = nullptr;
  Mark key_;
};

}  // namespace

const Marks* Marks::find(std::string_view member) const {
  auto it = std::lower_bound(inside.begin(), inside.end(), member, by_name);
  return it != inside.end() && it->name == member ? &*it : nullptr;
}

Marks* Marks::find(std::string_view member) { return const_cast<Marks*>(std::as_const(*this).find(member)); }

const Marks& Marks::at(std::string_view member) const {
  const Marks* found = find(member);
  return found ? *found : *this;
}

const Marks& Marks::at(size_t index) const { return index < inside.size() ? inside[index] : *this; }

Marks& Marks::make(const std::string& member) {
  auto it = std::lower_bound(inside.begin(), inside.end(), member, by_name);
  if (it == inside.end() || it->name != member) {
    it = inside.emplace(it);
    it->name = member;
  }
  return *it;
}

uint32_t Texts::add_text(std::string file, std::string text) {
  all_.push_back({std::move(file), std::move(text), "", {}, {}});
  return static_cast<uint32_t>(all_.size() - 1);
}

uint32_t Texts::add_origin(std::string origin) {
  all_.push_back({"", "", std::move(origin), {}, {}});
  return static_cast<uint32_t>(all_.size() - 1);
}

void Texts::Source::index() const {
  lines.push_back(0);
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos;) lines.push_back(static_cast<uint32_t>(++at));
  uint32_t count = 0;
  for (size_t block = 0; block <= text.size(); block += kBlock) {
    characters.push_back(count);
    count += characters_in(std::string_view(text).substr(block, kBlock));
  }
}

uint32_t Texts::Source::characters_before(size_t offset) const {
  const size_t block = offset / kBlock;
  return characters[block] + characters_in(std::string_view(text).substr(block * kBlock, offset % kBlock));
}

Place Texts::place(Mark mark) const {
  const Source& source = all_.at(mark.source);
  if (mark.source == 0 || !source.origin.empty()) return {"", 0, 0, source.origin};
  if (source.lines.empty()) source.index();
  const size_t offset = std::min<size_t>(mark.offset, source.text.size());
  const auto next = std::upper_bound(source.lines.begin(), source.lines.end(), offset);
  const size_t line = *(next - 1);
  const uint32_t column = offset - line < kBlock
                              ? characters_in(std::string_view(source.text).substr(line, offset - line))
                              : source.characters_before(offset) - source.characters_before(line);
  return {source.file, static_cast<int>(next - source.lines.begin()), static_cast<int>(column) + 1, ""};
}

bool parse_json(const Texts& texts, uint32_t source, Diagnostics& diagnostics, MarkedJson& result) {
  const std::string& text = texts.text(source);
  if (text.size() > kLongestJson) {
    diagnostics.error({texts.file(source), 0, 0, ""}, "longer than " + std::to_string(kLongestJson >> 20) + " MiB");
    return false;
  }
  result = {};
  Builder builder(texts, source, diagnostics, result);
  const Cursor first(text.data(), &builder.reached), last(text.data() + text.size(), &builder.reached);
  return Json::sax_parse(first, last, &builder, Json::input_format_t::json, true, true);
}

void merge_patch(MarkedJson& target, MarkedJson patch) {
  if (!patch.value.is_object()) {
    target.value = std::move(patch.value);
    target.marks.value = patch.marks.value;
    target.marks.inside = std::move(patch.marks.inside);
    return;
  }
  if (!target.value.is_object()) {
    target.value = Json::object();
    target.marks.value = patch.marks.value;
    target.marks.inside.clear();
  }
  // New members and removed ones are put among the others at the end: each by itself would move all behind it.
  std::vector<Marks> fresh;
  bool removed = false;
  for (auto& [name, value] : patch.value.get_ref<Json::object_t&>()) {
    const Marks& marks = patch.marks.at(name);
    Marks* known = target.marks.find(name);
    if (value.is_null()) {
      target.value.erase(name);
      removed = removed || known;
      continue;
    }
    Marks& place = known ? *known : fresh.emplace_back();
    MarkedJson member{std::move(target.value[name]), std::move(place)};
    merge_patch(member, {std::move(value), marks});
    target.value[name] = std::move(member.value);
    place = std::move(member.marks);
    place.name = name;
    place.key = marks.key;
  }
  auto& inside = target.marks.inside;
  if (removed) std::erase_if(inside, [&](const Marks& one) { return !target.value.contains(one.name); });
  const auto middle = static_cast<std::ptrdiff_t>(inside.size());
  inside.insert(inside.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  std::inplace_merge(inside.begin(), inside.begin() + middle, inside.end(),
                     [](const Marks& a, const Marks& b) { return a.name < b.name; });
}

}  // namespace retort
