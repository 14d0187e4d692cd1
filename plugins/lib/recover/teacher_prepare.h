#pragma once
// The component kind `teacher_prepare`: may change a teacher's weights before a batch is recovered with it (DWA climbs
// the loss with the batch's initial images). It gets a copy; each batch starts from the teacher as it was linked.
#include <ATen/core/Generator.h>

#include "nn/model.h"

namespace retort::recover {

struct PrepareStep {
  at::Tensor images;        ///< [B,C,H,W] the initial images, normalised for the teacher
  at::Tensor labels;        ///< int64 [B]
  at::Generator generator;  ///< of this batch and component alone (CPU)
};

class RETORT_API TeacherPrepare : public Plugin {
 public:
  static constexpr const char* kKind = "teacher_prepare";
  /// Changes `teacher`, whose weights are its own.
  virtual void prepare(nn::Model& teacher, const PrepareStep& step) = 0;
};

}  // namespace retort::recover
