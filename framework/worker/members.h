#pragma once
// Which members (object files) of the project's libraries a plugin links. A library's members are written beside it
// when it is built (LIBRARY.members, format in framework/docs/formats.md, *Members*), so that a plugin can be
// described where the library's sources are not.
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/code.h"

namespace retort {

std::filesystem::path members_file(const std::filesystem::path& library);

/// Writes the members of `library`: of each object its files, and the symbols it defines and needs. Throws Error(data).
void write_members(const std::filesystem::path& library, const std::filesystem::path& root,
                   const std::filesystem::path& commands, const std::vector<std::filesystem::path>& objects);

/// Files of every member of these libraries that gives a needed symbol, or gives one to such a member, as a linker of
/// archives would take them. Throws Error(data) if a library's members cannot be read.
CodeFiles linked_files(std::set<std::string> needed, const std::vector<std::filesystem::path>& libraries);

}  // namespace retort
