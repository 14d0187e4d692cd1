#include "worker/members.h"

#include <map>

#include "core/error.h"
#include "core/files.h"
#include "core/plugin_spec.h"
#include "core/stated_version.h"
#include "worker/commands.h"
#include "worker/symbols.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr int kMembersVersion = 1;

struct Member {
  CodeFiles files;
  std::vector<std::string> needs;
};

/// The members of several libraries, by the symbols they define.
class Members {
 public:
  void read(const fs::path& library) {
    const fs::path file = members_file(library);
    const Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
    if (stated_version(json, "retort_members") != kMembersVersion)
      throw Error(ErrorKind::data, file.string() + ": not members of version " + std::to_string(kMembersVersion) +
                                       "; build the library again");
    try {
      for (const auto& one : json.at("members")) add(one);
    } catch (const Json::exception& error) {
      throw Error(ErrorKind::data, file.string() + ": no list of members: " + error.what());
    }
  }

  CodeFiles reached_from(const std::set<std::string>& needed) const {
    CodeFiles files;
    std::set<size_t> seen;
    std::vector<std::string> queue(needed.begin(), needed.end());
    while (!queue.empty()) {
      const std::string name = queue.back();
      queue.pop_back();
      for (const size_t one : definers(name)) {
        if (!seen.insert(one).second) continue;
        files.insert(all_[one].files.begin(), all_[one].files.end());
        queue.insert(queue.end(), all_[one].needs.begin(), all_[one].needs.end());
      }
    }
    return files;
  }

 private:
  void add(const Json& one) {
    const size_t index = all_.size();
    all_.push_back({one.at("files").get<CodeFiles>(), one.at("needs").get<std::vector<std::string>>()});
    for (const auto& name : one.at("defines")) strong_[name.get<std::string>()] = index;
    for (const auto& name : one.at("defines_weak")) weak_.emplace(name.get<std::string>(), index);
  }

  /// The member with the strong definition; of weak ones every one, since any may be taken.
  std::vector<size_t> definers(const std::string& name) const {
    if (const auto it = strong_.find(name); it != strong_.end()) return {it->second};
    std::vector<size_t> found;
    for (auto [it, end] = weak_.equal_range(name); it != end; ++it) found.push_back(it->second);
    return found;
  }

  std::vector<Member> all_;
  std::map<std::string, size_t> strong_;
  std::multimap<std::string, size_t> weak_;
};

}  // namespace

fs::path members_file(const fs::path& library) { return library.string() + ".members"; }

void write_members(const fs::path& library, const fs::path& root, const fs::path& commands,
                   const std::vector<fs::path>& objects) {
  const Commands compiled(commands);
  Json members = Json::array();
  for (const auto& object : objects) {
    const Symbols symbols = symbols_of(object);
    members.push_back({{"files", code_files(compiled.of(object), root)},
                       {"defines", symbols.strong},
                       {"defines_weak", symbols.weak},
                       {"needs", symbols.needed}});
  }
  const Json json = {
      {"retort_members", kMembersVersion}, {"library", library.filename().string()}, {"members", std::move(members)}};
  write_atomically(members_file(library), json.dump(1) + "\n", /*sync=*/false);
}

CodeFiles linked_files(std::set<std::string> needed, const std::vector<fs::path>& libraries) {
  Members members;
  for (const auto& library : libraries) members.read(library);
  return members.reached_from(std::move(needed));
}

}  // namespace retort
