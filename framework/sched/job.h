#pragma once
// What a worker is told about one node (fields in framework/README.md, *Worker*).
#include <filesystem>

#include "plan/plan.h"

namespace retort {

struct JobPlace {
  std::filesystem::path run_folder;  ///< runs/<id>; may be empty: then no log is kept
  std::string run;                   ///< its id
};

/// What workers may make components of besides those that a job names: {KIND: {TYPE: {"library", "code"}}}, of all
/// plugins that can be used. An artifact may name a component (a network) that no job does.
Json planned_plugins(const Catalog& catalog);

/// The job of a node whose plan state is `run`.
Json make_job(const Plan& plan, size_t node, const Store& store, const JobPlace& place);

/// A file that asks the run to stop: with "now" in it, at once.
std::filesystem::path cancel_file(const std::filesystem::path& run_folder);

/// `images{seed=1}` as a file name.
std::string log_name(const std::string& node);
/// Where the job of a node that failed is kept, so that it can be run again under a debugger.
std::filesystem::path job_file(const JobPlace& place, const std::string& node);
/// The node's name as one word of a shell.
std::string shell_word(const std::string& node);

}  // namespace retort
