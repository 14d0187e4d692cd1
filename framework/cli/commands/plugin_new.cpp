#include <algorithm>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "cli/command.h"
#include "cli/files/shipped.h"
#include "cli/options.h"
#include "core/error.h"
#include "core/files.h"
#include "core/nearest.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> kinds() {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(shipped_folder("templates"), none)) {
    const std::string name = entry.path().filename().string();
    if (name.size() > 7 && name.substr(name.size() - 7) == ".cpp.in") names.push_back(name.substr(0, name.size() - 7));
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// "bn_match", "relabel.soft" → "BnMatch", "RelabelSoft"
std::string class_name(const std::string& type) {
  std::string name;
  bool up = true;
  for (const char c : type) {
    if (c == '_' || c == '.') {
      up = true;
    } else {
      name += up ? static_cast<char>(std::toupper(c)) : c;
      up = false;
    }
  }
  return name;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

void check_name(const std::string& name) {
  const auto allowed = [](char c) { return std::islower(c) || std::isdigit(c) || c == '_' || c == '.'; };
  if (name.empty() || !std::islower(name[0]) || !std::all_of(name.begin(), name.end(), allowed))
    throw Error(ErrorKind::user, "\"" + name + "\" is no plugin name: lower-case letters, digits, _ and . only");
}

std::string template_text(const std::string& kind) {
  const fs::path file = shipped_folder("templates") / (kind + ".cpp.in");
  if (fs::exists(file)) return read_file(file);
  std::string all;
  for (const auto& one : kinds()) all += (all.empty() ? "" : ", ") + one;
  const std::string near = nearest(kind, kinds());
  throw Error(ErrorKind::user, "there is no kind \"" + kind + "\"" + (near.empty() ? "" : "; " + did_you_mean(near)) +
                                   "; kinds: " + all);
}

/// Libraries that plugins share, as plugins/floors.txt lists them.
std::vector<std::string> plugin_libraries() {
  std::vector<std::string> names;
  std::istringstream rows(read_file(shipped_folder("plugins") / "floors.txt"));
  for (std::string row; std::getline(rows, row);)
    if (row.rfind("lib ", 0) == 0) names.push_back(row.substr(4));
  return names;
}

/// The one line of CMake for this source: libtorch and the plugin libraries that it includes.
std::string cmake_line(const std::string& stem, const std::string& text) {
  std::string libraries;
  for (const std::string& library : plugin_libraries())
    if (text.find("#include <" + library + "/") != std::string::npos) libraries += " Retort::" + library;
  const bool torch = !libraries.empty() || text.find("<sdk/torch/") != std::string::npos;
  return "retort_add_plugin(" + stem + " " + stem + ".cpp" + (torch ? " TORCH" : "") +
         (libraries.empty() ? "" : " LINK" + libraries) + ")";
}

/// True below a folder that CMake already builds: the line then belongs there, and no project is written.
bool in_a_project(fs::path folder) {
  for (folder = fs::absolute(folder).lexically_normal(); folder.has_relative_path(); folder = folder.parent_path())
    if (fs::exists(folder / "CMakeLists.txt")) return true;
  return false;
}

int run(const Words& words) {
  std::string kind, name, folder = ".";
  Options options("plugin new", "Writes the start of a new plugin: a complete small one of its kind, to be changed.");
  options.argument("KIND", kind, "node, recover_loss, ssl_method, …");
  options.argument("NAME", name, "its type name in graphs");
  options.value("--dir", folder, "folder to write to; default: here");
  if (const auto code = options.parse(words)) return *code;
  check_name(name);
  std::string text = template_text(kind), stem = name;
  std::replace(stem.begin(), stem.end(), '.', '_');
  replace_all(text, "@NAME@", name);
  replace_all(text, "@CLASS@", class_name(name));
  const fs::path file = fs::path(folder) / (stem + ".cpp");
  make_folder(folder);
  if (!create_atomically(file, text, /*sync=*/false))
    throw Error(ErrorKind::user, file.string() + " exists; choose another name or folder");
  std::cout << "wrote " << file.string() << '\n';
  const std::string line = cmake_line(stem, text);
  if (in_a_project(folder)) {
    std::cout << "next:\n  add to CMakeLists.txt: " << line << "\n";
  } else {
    const fs::path project = fs::path(folder) / "CMakeLists.txt";
    const std::string lines = "cmake_minimum_required(VERSION 3.25)\nproject(" + stem +
                              " LANGUAGES CXX)\nfind_package(Retort REQUIRED)\n\n" + line + "\n";
    if (create_atomically(project, lines, /*sync=*/false)) std::cout << "wrote " << project.string() << '\n';
    std::cout << "next:\n";
  }
  std::cout << "  retort plugin build " << folder << "\n  retort plugin check " << name << '\n';
  return kDone;
}

}  // namespace

extern const Command plugin_new_command = {"plugin", "new", "Write the start of a new plugin", run};

}  // namespace retort
