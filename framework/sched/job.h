#pragma once
// What a worker is told about one node (fields in framework/README.md, *Worker*).
#include <filesystem>

#include "plan/plan.h"

namespace retort {

struct JobPlace {
  std::filesystem::path run_folder;  ///< runs/<id>; may be empty: then no log is kept
  std::string run;                   ///< its id
};

/// The job of a node whose plan state is `run`.
Json make_job(const Plan& plan, size_t node, const Store& store, const JobPlace& place);

/// `images{seed=1}` as a file name.
std::string log_name(const std::string& node);

}  // namespace retort
