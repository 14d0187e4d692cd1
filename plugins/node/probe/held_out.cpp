#include "held_out.h"

#include <ATen/ATen.h>

#include "core/error.h"
#include "train/tenth.h"

namespace retort::probe {

std::pair<vision::DataSet, std::optional<vision::DataSet>> with_held_out(vision::DataSet data, const Input& val,
                                                                         bool cut, std::optional<int64_t> decoders) {
  if (val.present()) {
    if (val->meta.value("count", int64_t{1}) == 0)
      throw Error(ErrorKind::user,
                  "\"val\" holds no images: \"val_per_class\" of the data set says how many a class are cut from its "
                  "training images");
    return {std::move(data), vision::DataSet(*val, decoders)};
  }
  if (!cut) return {std::move(data), std::nullopt};
  if (data.encoded())
    throw Error(ErrorKind::user,
                "\"calibrate\" needs held-out images: link \"val\" (the port val of the data set, which its "
                "\"val_per_class\" cuts from the training images)");
  const auto [kept, apart] = train::tenth_of_each_class(data.labels());
  const auto count = at::bincount(data.labels().cpu(), {}, static_cast<int64_t>(data.classes().size()));
  for (int64_t c = 0; c < count.size(0); ++c)
    if (count[c].item<int64_t>() == 1)
      throw Error(ErrorKind::user, "\"calibrate\" keeps a tenth of each class apart, and class \"" +
                                       data.classes()[static_cast<size_t>(c)] + "\" has 1 image: link \"val\"");
  return {vision::DataSet(data.at(kept)), vision::DataSet(data.at(apart))};
}

}  // namespace retort::probe
