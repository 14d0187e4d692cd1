#pragma once
// Random views of a batch with everything that was drawn written down, so that labels given to a view once can be used
// again on the very same pixels (FKD; METHODS.md 1.8).
#include <ATen/ATen.h>

#include <string>

#include "core/declare.h"
#include "vision/mix.h"
#include "vision/recipe.h"

namespace retort::relabel {

/// How the images of a batch are mixed: the parameters `mixing` and `mixing_alpha` of every node that mixes.
struct Mixing {
  std::string type = "none";
  double alpha = 1;

  void declare(Declare& d);
  vision::Mix draw(int64_t count, int64_t size, at::Generator& random) const;
};

/// What one batch's views were made with.
struct Draws {
  at::Tensor boxes;    ///< int64 [B,4], if crops are resized
  at::Tensor offsets;  ///< int64 [B,2], if crops are padded
  at::Tensor flips;    ///< bool [B], if there are any
  vision::Mix mix;
};

/// Throws Error(user) if the recipe has operations whose draws cannot be written down.
void check_replayable(const vision::Recipe& recipe);

/// Takes from `random` what the recipe itself would take: the same generator gives the same views.
Draws draw_views(const vision::Recipe& recipe, const at::Tensor& images, at::Generator& random);

/// uint8 or floating 0..1 [B,3,H,W] → float32 pixels [B,3,size,size], mixed.
at::Tensor apply_views(const vision::Recipe& recipe, const Draws& draws, const at::Tensor& images, int64_t size);

/// The part of a recipe that a replay needs, as data, and back.
Json to_json(const vision::Recipe& recipe);
vision::Recipe recipe_from_json(const Json& json);

}  // namespace retort::relabel
