#include "core/tokens.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/digest.h"

namespace retort {
namespace {

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80); }
bool is_name(char c) { return is_name_start(c) || std::isdigit(static_cast<unsigned char>(c)); }

/// Longest first: "a+++b" and "a+ ++b" differ only in how the characters are grouped.
constexpr std::array<std::string_view, 26> kOperators = {"<=>", "<<=", ">>=", "...", "->*", "::", "->", "++", "--",
                                                         "<<",  ">>",  "<=",  ">=",  "==",  "!=", "&&", "||", "+=",
                                                         "-=",  "*=",  "/=",  "%=",  "&=",  "|=", "^=", "##"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<std::string> run() {
    while (at_ < text_.size()) step();
    if (directive_) tokens_.push_back("\n");
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool starts(std::string_view with) const { return text_.substr(at_, with.size()) == with; }
  void take(size_t end) {
    tokens_.emplace_back(text_.substr(at_, end - at_));
    at_ = end;
    line_start_ = false;
  }

  void step() {
    const char c = peek();
    if (c == '\\' && (peek(1) == '\n' || (peek(1) == '\r' && peek(2) == '\n'))) {
      at_ += peek(1) == '\n' ? 2 : 3;
    } else if (c == '\n') {
      if (directive_) tokens_.push_back("\n");
      directive_ = false;
      line_start_ = true;
      ++at_;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      ++at_;
    } else if (starts("//")) {
      while (at_ < text_.size() && peek() != '\n') at_ += starts("\\\n") ? 2 : 1;
    } else if (starts("/*")) {
      const size_t end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else if (c == '"' || c == '\'') {
      take(quoted_end(at_));
    } else if (is_name_start(c)) {
      word();
    } else if (std::isdigit(static_cast<unsigned char>(c)) ||
               (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))))) {
      take(number_end());
    } else {
      if (c == '#' && line_start_) directive_ = true;
      for (const auto& one : kOperators)
        if (starts(one)) return take(at_ + one.size());
      take(at_ + 1);
    }
  }

  size_t quoted_end(size_t from) const {
    const char quote = text_[from];
    for (size_t i = from + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\')
        ++i;
      else if (text_[i] == quote)
        return i + 1;
    }
    return text_.size();
  }

  void word() {
    size_t end = at_;
    while (end < text_.size() && is_name(text_[end])) ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    const bool quote = end < text_.size() && (text_[end] == '"' || text_[end] == '\'');
    const bool raw = name == "R" || name == "LR" || name == "uR" || name == "UR" || name == "u8R";
    if (quote && raw && text_[end] == '"') return take(raw_end(end));
    if (quote && (name == "L" || name == "u" || name == "U" || name == "u8")) return take(quoted_end(end));
    take(end);
  }

  size_t raw_end(size_t quote) const {
    const size_t open = text_.find('(', quote);
    if (open == std::string_view::npos) return text_.size();
    const std::string close = ")" + std::string(text_.substr(quote + 1, open - quote - 1)) + "\"";
    const size_t end = text_.find(close, open);
    return end == std::string_view::npos ? text_.size() : end + close.size();
  }

  size_t number_end() const {
    size_t end = at_;
    for (char last = 0; end < text_.size(); last = text_[end++]) {
      const char c = text_[end];
      const bool sign = (c == '+' || c == '-') && (last == 'e' || last == 'E' || last == 'p' || last == 'P');
      const bool separator = c == '\'' && end + 1 < text_.size() && is_name(text_[end + 1]);
      if (!is_name(c) && c != '.' && !sign && !separator) break;
    }
    return end;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool line_start_ = true, directive_ = false;
  std::vector<std::string> tokens_;
};

bool is_string(const std::string& token) { return token.size() > 1 && token.back() == '"'; }

/// Arguments a declaring call must at least have for its last one to be the doc string; 0 for other calls.
size_t arguments_with_doc(const std::string& call) {
  if (call == "param" || call == "component") return 3;
  if (call == "input" || call == "inputs" || call == "output") return 4;
  return 0;
}

/// Index behind the bracket that closes the one at `open`; commas of the outermost level go to `commas`.
size_t closing(const std::vector<std::string>& tokens, size_t open, std::vector<size_t>& commas) {
  int depth = 0;
  for (size_t i = open; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token == "(" || token == "[" || token == "{") ++depth;
    if (token == ")" || token == "]" || token == "}") --depth;
    if (depth == 1 && token == ",") commas.push_back(i);
    if (depth == 0) return i;
  }
  return tokens.size();
}

std::vector<std::string> without_docs(const std::vector<std::string>& tokens) {
  std::vector<bool> drop(tokens.size(), false);
  for (size_t i = 0; i + 2 < tokens.size(); ++i) {
    if ((tokens[i] != "." && tokens[i] != "->") || tokens[i + 2] != "(") continue;
    const bool about = tokens[i + 1] == "about" || tokens[i + 1] == "proof";
    const size_t arguments = arguments_with_doc(tokens[i + 1]);
    if (!about && !arguments) continue;
    std::vector<size_t> commas;
    const size_t end = closing(tokens, i + 2, commas);
    if (end == tokens.size()) continue;
    size_t first = i + 3;
    if (!about) {
      if (commas.size() + 1 < arguments) continue;
      first = commas.back() + 1;
      if (!std::all_of(tokens.begin() + first, tokens.begin() + end, is_string)) continue;
    }
    std::fill(drop.begin() + first, drop.begin() + end, true);
  }
  std::vector<std::string> kept;
  for (size_t i = 0; i < tokens.size(); ++i)
    if (!drop[i]) kept.push_back(tokens[i]);
  return kept;
}

}  // namespace

std::vector<std::string> tokens_of(std::string_view source) { return without_docs(Lexer(source).run()); }

std::string token_digest(const std::vector<std::string>& tokens) {
  Sha256 digest;
  for (const auto& token : tokens) {
    digest.update(token);
    digest.update(std::string_view("\0", 1));
  }
  return digest.hex();
}

std::string token_digest(std::string_view source) { return token_digest(tokens_of(source)); }

}  // namespace retort
