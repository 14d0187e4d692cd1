#pragma once
// What a worker is told about one node (fields in framework/docs/worker.md, *Protocol*).
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

/// The node's name as the beginning of a file name: another for each name, whatever is in it. Letters, digits and what
/// names of cells are made of stay as they are, the rest is %XX; of a long name the beginning stays, and its SHA-256.
std::string node_file_name(const std::string& node);
/// Where in its folder a run keeps what the node prints.
std::string log_name(const std::string& node);
/// Where the job of a node that failed is kept, so that it can be run again under a debugger.
std::filesystem::path job_file(const JobPlace& place, const std::string& node);
/// The text as one word of a shell.
std::string shell_word(const std::string& text);

}  // namespace retort
