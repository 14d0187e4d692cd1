#pragma once
// The nodes of a subject as the page reads them: what never changes as columns, what a run changes as one row a node.
#include "report/subject.h"

namespace retort {

/// Everything the page shows at first: heads, nodes, tables, warnings.
Json overview_json(const Subject& subject);

/// What a run changes of a node: [status, slot, started, seconds, predicted, done, total, reason, error, kind, key].
/// `status` is an index into "statuses" of overview_json.
Json node_row(const NodeView& node);

/// Key texts, reasons and outputs, read when a node is opened. Lines are numbers into "lines": most are shared.
Json details_json(const Subject& subject);

}  // namespace retort
