#pragma once
// Sheets of images by class, as the page shows them: thumbnails of artifacts of kind `images`.
#include "report/subject.h"

namespace retort {

struct SheetLimits {
  size_t sheets = 24;   ///< nodes shown; the others are named with the reason
  size_t classes = 20;  ///< of each
  size_t per_class = 10;
  uint32_t side = 64;  ///< pixels of a thumbnail, at most
};

/// [{"node", "port", "count", "classes", "rows": [{"label", "count", "image"}], "problem"?}, …]. What cannot be shown
/// says why; the bytes of each artifact are checked against its digest first.
Json sheets_json(const Subject& subject, const Store& store, const SheetLimits& limits);

}  // namespace retort
