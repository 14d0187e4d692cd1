#pragma once
// C++ sources as far as they can change a result. Comments, white space and the doc strings of a declaration are no
// part of it, so that writing them better throws no result away.
#include <string>
#include <string_view>
#include <vector>

namespace retort {

/// The tokens of a C++ source, without comments, white space, and what a declaration says to people: the argument of
/// `.about(…)`, of `.proof(…)`, and a last argument of `.param(`, `.component(`, `.input(`, `.inputs(` and `.output(`
/// that is a string. The end of a preprocessor line is the token "\n".
std::vector<std::string> tokens_of(std::string_view source);

std::string token_digest(const std::vector<std::string>& tokens);
std::string token_digest(std::string_view source);  ///< of its tokens

}  // namespace retort
