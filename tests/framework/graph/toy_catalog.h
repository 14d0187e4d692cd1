#pragma once
// The small catalog of tests/whole/graphs/plugins, and the folder of the test graphs.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "catalog/catalog.h"
#include "core/build.h"
#include "core/files.h"

namespace retort {

inline std::filesystem::path graphs_folder() {
  const char* source = std::getenv("RETORT_SOURCE");
  return std::filesystem::path(source ? source : ".") / "tests" / "whole" / "graphs";
}

/// The manifests name no build, so that they fit any compiler: it is filled in here.
inline const Catalog& toy_catalog() {
  static const Catalog catalog = [] {
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(testing::TempDir()) / ("retort_toy_catalog_" + std::to_string(::getpid()));
    fs::create_directories(folder);
    const std::string build = build_string(), none = build.substr(0, build.rfind(' ')) + " none";
    for (const auto& entry : fs::directory_iterator(graphs_folder() / "plugins")) {
      std::string text = read_file(entry.path());
      if (const size_t at = text.find("@BUILD@"); at != std::string::npos) text.replace(at, 7, none);
      write_file(folder / entry.path().filename(), text);
    }
    Catalog read = Catalog::read({folder});
    fs::remove_all(folder);
    return read;
  }();
  return catalog;
}

}  // namespace retort
