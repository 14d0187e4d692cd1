#include "objective.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <set>

#include "core/error.h"
#include "signals.h"
#include "vision/draw.h"

namespace retort::recover {

Objective::Objective(Run& run, const Teachers& teachers, Components<RecoverLoss>& losses,
                     Components<RecoverView>& views, TeacherSchedule& schedule, int64_t iterations,
                     std::optional<Balance> balance)
    : run_(run),
      teachers_(teachers),
      losses_(losses),
      views_(views),
      schedule_(schedule),
      iterations_(iterations),
      balance_(balance) {
  for (auto& loss : losses_) {
    names_.push_back(unused_name(loss->origin().value("type", "loss")));
    check_teachers(*loss);
  }
  evaluated_.assign(losses_.size(), false);
  if (!balance_) return;
  std::vector<double> factors;
  for (auto& loss : losses_) factors.push_back(loss->weight);
  balance_->check(names_, factors);
  names_.push_back("balance_weight");
}

at::Tensor Objective::descend(const at::Tensor& canvas, const at::Tensor& labels, const Chunk& chunk,
                              int64_t iteration) {
  const auto parts = value(canvas, labels, chunk, iteration);
  if (!balance_) {
    if (!parts.rest.requires_grad()) throw Error(ErrorKind::user, nothing_applies(iteration));
    parts.rest.sum().backward();
    return parts.rest;
  }
  const auto balanced = balance_->descend(canvas, parts, iteration, chunk.first, names_);
  terms_.back() = balanced.weight;
  return balanced.value;
}

std::string Objective::doubt_at_start() const {
  if (balance_) return "";
  Strength strength;
  for (size_t i = 0; i < losses_.size(); ++i) {
    if (!terms_[i].defined()) continue;
    const double part = losses_[i].weight * terms_[i].mean().item<double>();
    if (is_cross_entropy(i)) strength.cross_entropy += part;
    if (!losses_[i].reads_batch_norms()) continue;
    strength.batch_norm += part;
    if (strength.weight == 0) strength.name = names_[i], strength.weight = losses_[i].weight;
  }
  return doubt_about(strength);
}

std::string Objective::doubt_at_end(const std::vector<double>& last, const std::string& settings) const {
  for (size_t i = 0; i < losses_.size(); ++i)
    if (is_cross_entropy(i) && losses_[i].weight > 0)
      if (auto doubt = doubt_about_end(last[i], teachers_.classes().size(), settings); !doubt.empty()) return doubt;
  return "";
}

std::vector<std::string> Objective::never_evaluated() const {
  std::vector<std::string> names;
  if (std::find(evaluated_.begin(), evaluated_.end(), true) == evaluated_.end()) return names;
  for (size_t i = 0; i < losses_.size(); ++i)
    if (losses_[i].weight > 0 && !evaluated_[i]) names.push_back(place_of(i));
  return names;
}

void Objective::start(int64_t batches, int64_t image_size) {
  RecoverStart start;
  start.teachers = teachers_.size();
  start.batches = batches;
  start.classes = teachers_.classes();
  start.normalization = teachers_.normalization();
  start.image_size = image_size;
  start.stream = [this](const std::string& purpose, uint64_t epoch, uint64_t step) {
    return run_.stream("loss." + purpose, epoch, step);
  };
  start.look = [this](size_t teacher, const at::Tensor& images, const at::Tensor& labels,
                      const std::function<void(const RecoverStep&)>& visit) {
    at::NoGradGuard no_grad;
    RecoverStep step;
    step.canvas = images.to(teachers_.device());
    step.labels = labels.to(teachers_.device());
    teachers_.look(teacher, step.canvas, 1, true, step, visit);
  };
  for (auto& loss : losses_) loss->prepare(start);
}

std::string Objective::unused_name(const std::string& type) const {
  std::string name = type;
  for (int i = 2; std::find(names_.begin(), names_.end(), name) != names_.end(); ++i)
    name = type + "#" + std::to_string(i);
  return name;
}

at::Tensor Objective::view_of(const at::Tensor& canvas, const Chunk& chunk, int64_t iteration) {
  if (views_.size() == 0) return canvas;
  std::vector<at::Tensor> parts = canvas.chunk(chunk.groups);
  for (int64_t g = 0; g < chunk.groups; ++g) {
    auto& part = parts[static_cast<size_t>(g)];
    for (size_t v = 0; v < views_.size(); ++v) {
      const auto seed = run_.stream("view" + std::to_string(v), static_cast<uint64_t>(chunk.first + g),
                                    static_cast<uint64_t>(iteration));
      part = views_[v].apply(part, {vision::make_generator(seed), iteration, iterations_});
    }
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts);
}

std::vector<std::vector<double>> Objective::teacher_weights(const Chunk& chunk, int64_t iteration) {
  std::vector<std::vector<double>> table(teachers_.size());
  for (int64_t batch = chunk.first; batch < chunk.first + chunk.groups; ++batch) {
    const auto seed = run_.stream("teachers", static_cast<uint64_t>(batch));
    const auto weights =
        schedule_.weights({teachers_.size(), batch, iteration, iterations_, vision::make_generator(seed)});
    for (size_t t = 0; t < weights.size(); ++t) table[t].push_back(weights[t]);
  }
  return table;
}

at::Tensor Objective::scaled(const at::Tensor& values, const std::vector<double>& share) {
  if (std::all_of(share.begin(), share.end(), [&](double w) { return w == share[0]; }))
    return share[0] == 1 ? values : values * share[0];
  return values * at::tensor(share, values.options().device(at::kCPU)).to(values.device());
}

std::vector<std::vector<double>> Objective::shares_listed(const std::vector<std::vector<double>>& weights) {
  std::vector<std::vector<double>> sums;
  for (auto& loss : losses_) {
    auto& sum = sums.emplace_back(weights.front().size(), loss->teachers.empty() ? 1.0 : 0.0);
    for (const int64_t teacher : loss->teachers)
      for (size_t g = 0; g < sum.size(); ++g) sum[g] += weights[static_cast<size_t>(teacher)][g];
  }
  return sums;
}

BalancedParts Objective::value(const at::Tensor& canvas, const at::Tensor& labels, const Chunk& chunk,
                               int64_t iteration) {
  const auto view = view_of(canvas, chunk, iteration);
  const auto weights = teacher_weights(chunk, iteration);
  const auto listed = shares_listed(weights);
  terms_.assign(names_.size(), {});
  BalancedParts parts;
  parts.rest = at::zeros({chunk.groups}, canvas.options());
  RecoverStep step;
  step.canvas = canvas;
  step.labels = labels;
  step.first_batch = chunk.first;
  step.iteration = iteration;
  step.iterations = iterations_;
  for (size_t teacher = 0; teacher < teachers_.size(); ++teacher) {
    const auto& share = weights[teacher];
    if (std::all_of(share.begin(), share.end(), [](double w) { return w == 0; }) || !is_judged(teacher)) continue;
    teachers_.look(teacher, view, chunk.groups, taps(teacher), step,
                   [&](const RecoverStep& seen) { add(seen, {weights, listed}, parts); });
  }
  return parts;
}

void Objective::add(const RecoverStep& step, const Step& shares, BalancedParts& parts) {
  const auto& share = shares.weights[step.teacher];
  at::Tensor sum = at::zeros({step.groups}, step.canvas.options());
  for (size_t i = 0; i < losses_.size(); ++i) {
    if (losses_[i].weight == 0 || !losses_[i].applies_to(step.teacher)) continue;
    const auto value = losses_[i].value(step);
    const auto own = divided(share, shares.listed[i]);
    evaluated_[i] = true;
    put(terms_[i], scaled(value.detach(), own));
    const size_t role = balance_ ? balance_->role_of(i) : Balance::kNone;
    if (role == 0)
      put(parts.first, scaled(losses_[i].weight * value, own));
    else if (role == 1)
      put(parts.second, scaled(value, own));
    else if (losses_[i].teachers.empty())
      sum = sum + losses_[i].weight * value;
    else
      parts.rest = parts.rest + scaled(losses_[i].weight * value, own);
  }
  parts.rest = parts.rest + scaled(sum, share);
}

std::vector<double> Objective::divided(std::vector<double> share, const std::vector<double>& by) {
  for (size_t g = 0; g < share.size(); ++g)
    if (share[g] != 0) share[g] /= by[g];
  return share;
}

bool Objective::is_judged(size_t teacher) const {
  return std::any_of(losses_.begin(), losses_.end(),
                     [&](auto& loss) { return loss->weight > 0 && loss->applies_to(teacher); });
}

bool Objective::taps(size_t teacher) const {
  return std::any_of(losses_.begin(), losses_.end(), [&](auto& loss) {
    return loss->weight > 0 && loss->applies_to(teacher) && loss->reads_batch_norms();
  });
}

void Objective::check_teachers(const RecoverLoss& loss) const {
  const std::string place = place_of(names_.size() - 1);
  std::set<int64_t> once;
  for (const int64_t teacher : loss.teachers) {
    if (teacher >= static_cast<int64_t>(teachers_.size()))
      throw Error(ErrorKind::user, place + ": \"teachers\" names " + std::to_string(teacher) + ", and there " +
                                       (teachers_.size() == 1 ? "is one teacher: 0"
                                                              : "are " + std::to_string(teachers_.size()) + ": 0 to " +
                                                                    std::to_string(teachers_.size() - 1)));
    if (!once.insert(teacher).second)
      throw Error(ErrorKind::user, place + ": \"teachers\" names " + std::to_string(teacher) + " twice");
  }
  for (size_t i = 0; loss.reads_batch_norms() && i < teachers_.size(); ++i)
    if (loss.applies_to(i) && !teachers_.has_batch_norm(i))
      throw Error(ErrorKind::user, "a loss matches BatchNorm statistics, but teachers[" + std::to_string(i) +
                                       "] has no BatchNorm layer");
}

std::string Objective::nothing_applies(int64_t iteration) const {
  return "iteration " + std::to_string(iteration) +
         " has nothing to lower: no loss is applied to the teachers that \"teacher_schedule\" asks then "
         "(\"teachers\" "
         "of losses)";
}

}  // namespace retort::recover
