#pragma once
// What became of a node in a run. This list is the only one: the page is given it with its data.
#include <array>
#include <string>

namespace retort {

enum class NodeStatus { waiting, hit, running, done, failed, skipped, cancelled, unneeded };

inline constexpr std::array kNodeStatuses = {NodeStatus::waiting,   NodeStatus::hit,     NodeStatus::running,
                                             NodeStatus::done,      NodeStatus::failed,  NodeStatus::skipped,
                                             NodeStatus::cancelled, NodeStatus::unneeded};

const char* name_of(NodeStatus status);           ///< as it stands in logs
const char* words_for(NodeStatus status);         ///< as people read it: "already there"
NodeStatus node_status(const std::string& name);  ///< inverse of name_of; waiting for an unknown name

}  // namespace retort
