#include "cli/runs/pictures.h"

#include <set>

#include "core/digest.h"
#include "core/error.h"
#include "core/files.h"
#include "sched/job.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPictureKind = "sheet";

/// The output of the record that is a picture; null if none is.
const StoredOutput* picture_of(const Record& record) {
  for (const auto& [port, output] : record.outputs)
    if (output.kind == kPictureKind && output.files.size() == 1) return &output;
  return nullptr;
}

bool draws(const GraphNode& node) {
  for (const auto& port : node.manifest->spec.outputs)
    if (port.kind == kPictureKind) return true;
  return false;
}

/// "quickstart-sheet.png".
fs::path name_of(const Graph& graph, const GraphNode& node, const StoredFile& file) {
  return fs::path(graph.file).stem().string() + "-" + node_file_name(node.base) +
         fs::path(file.name.text()).extension().string();
}

void check_may_replace(const fs::path& there, const Store& store) {
  if (!fs::exists(fs::symlink_status(there)) || fs::exists(store.object_file(sha256_file(there)))) return;
  throw Error(ErrorKind::user,
              there.string() +
                  " is there and is no picture of this store: it is left as it is; --pictures names another folder");
}

std::string write(const Plan& plan, size_t node, const Store& store, const fs::path& folder) {
  const Record record = plan.whole_record(node);
  const StoredOutput* output = picture_of(record);
  if (!output) return "";
  const StoredFile& file = output->files.front();
  const fs::path to = folder / name_of(plan.graph(), plan.graph().nodes[node], file);
  check_may_replace(to, store);
  write_atomically(to, read_file(store.verified(record, file, {})), /*sync=*/false);
  return "picture: " + to.string();
}

}  // namespace

std::vector<std::string> write_pictures(const Plan& plan, const Store& store, const fs::path& folder) {
  std::vector<std::string> told;
  std::set<std::string> seen;
  for (size_t i = 0; i < plan.size(); ++i) {
    const GraphNode& node = plan.graph().nodes[i];
    if (plan.at(i).state != PlanState::hit || !draws(node) || !seen.insert(node.base).second) continue;
    try {
      told.push_back(write(plan, i, store, folder));
    } catch (const std::exception& error) {
      told.push_back(std::string("no picture of ") + node.name + ": " + error.what());
    }
  }
  return told;
}

}  // namespace retort
