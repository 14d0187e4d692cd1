#include "nn/bn_kernel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <vector>

// One version of the loops for each vector width, chosen when the library is loaded. Products and sums are never
// contracted (-std=c++20), so the versions agree bit for bit.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define RETORT_EACH_WIDTH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define RETORT_EACH_WIDTH
#endif
#define RETORT_INLINE inline __attribute__((always_inline))

namespace retort::nn {
namespace {

constexpr int64_t kTaskElements = 32768;  // one thread's unit of work: fits in the second-level cache
constexpr int64_t kWide = 128;            // rows shorter than this are handled several at a time
constexpr int64_t kSumRows = 64;          // rows summed in T before the sums move to double

/// How the rows of a group are cut: tasks of `task_rows`, each in strides of `stride_rows` rows = `width` elements.
struct Cut {
  int64_t stride_rows, width, task_rows, tasks;

  Cut(int64_t rows, int64_t channels) {
    stride_rows = std::max<int64_t>(1, kWide / channels);
    width = stride_rows * channels;
    task_rows = std::max<int64_t>(1, kTaskElements / width) * stride_rows;
    tasks = (rows + task_rows - 1) / task_rows;
  }
};

/// The values of each channel, repeated to fill a stride.
template <class T>
std::vector<T> repeated(const T* values, T otherwise, int64_t channels, const Cut& cut) {
  std::vector<T> result(static_cast<size_t>(cut.width), otherwise);
  for (int64_t i = 0; values && i < cut.width; ++i) result[i] = values[i % channels];
  return result;
}

template <class T>
struct ForwardTask {
  const T* a;
  const T* residual;
  T* output;
  int64_t rows, channels, stride_rows, width;
  const T* __restrict scale;
  const T* __restrict shift;
  const T* __restrict pivot;  // subtracted before squaring, so that a large mean does not drown a small variance
  T* __restrict sum;
  T* __restrict square;
  double* total;  // [2, channels]; null: no statistics
  bool relu;
};

template <class T>
RETORT_INLINE void move_sums(const ForwardTask<T>& task) {
  for (int64_t i = 0; i < task.width; ++i) {
    task.total[i % task.channels] += task.sum[i];
    task.total[task.channels + i % task.channels] += task.square[i];
    task.sum[i] = task.square[i] = 0;
  }
}

template <class T>
RETORT_INLINE void forward_rows(const ForwardTask<T>& task) {
  int64_t until_move = kSumRows;
  for (int64_t row = 0; row < task.rows; row += task.stride_rows) {
    const int64_t n = std::min(task.stride_rows, task.rows - row) * task.channels;
    const int64_t at = row * task.channels;
    const T* __restrict a = task.a + at;
    if (task.total) {
      for (int64_t i = 0; i < n; ++i) {
        const T d = a[i] - task.pivot[i];
        task.sum[i] += d;
        task.square[i] += d * d;
      }
      if (--until_move == 0) move_sums(task), until_move = kSumRows;
    }
    if (!task.output) continue;
    T* __restrict output = task.output + at;
    if (task.residual) {
      const T* __restrict residual = task.residual + at;
      for (int64_t i = 0; i < n; ++i) output[i] = a[i] * task.scale[i] + task.shift[i] + residual[i];
    } else {
      for (int64_t i = 0; i < n; ++i) output[i] = a[i] * task.scale[i] + task.shift[i];
    }
    if (task.relu) {
      for (int64_t i = 0; i < n; ++i) output[i] = output[i] < 0 ? T(0) : output[i];  // lets NaN through
    }
  }
  if (task.total) move_sums(task);
}

RETORT_EACH_WIDTH void forward_rows_of(const ForwardTask<float>& task) { forward_rows(task); }
RETORT_EACH_WIDTH void forward_rows_of(const ForwardTask<double>& task) { forward_rows(task); }

template <class T>
struct BackwardTask {
  const T* grad;
  const T* a;
  const T* output;
  T* grad_a;
  T* grad_residual;
  int64_t rows, channels, stride_rows;
  const T* __restrict scale;
  const T* __restrict shift;
  const T* __restrict mean;
  const T* __restrict constant;
  const T* __restrict slope;
  bool relu;
};

/// Gradient of the sum before ReLU, into `open`: null where the whole gradient passes.
template <class T>
RETORT_INLINE void masked(const BackwardTask<T>& task, int64_t at, int64_t n, T* __restrict open) {
  const T* __restrict grad = task.grad + at;
  if (!task.relu) {
    for (int64_t i = 0; i < n; ++i) open[i] = grad[i];
  } else if (task.output) {
    const T* __restrict output = task.output + at;
    for (int64_t i = 0; i < n; ++i) open[i] = output[i] > 0 ? grad[i] : T(0);
  } else {
    const T* __restrict a = task.a + at;
    for (int64_t i = 0; i < n; ++i) open[i] = a[i] * task.scale[i] + task.shift[i] > 0 ? grad[i] : T(0);
  }
}

template <class T>
RETORT_INLINE void backward_rows(const BackwardTask<T>& task, T* scratch) {
  for (int64_t row = 0; row < task.rows; row += task.stride_rows) {
    const int64_t n = std::min(task.stride_rows, task.rows - row) * task.channels;
    const int64_t at = row * task.channels;
    T* __restrict open = task.grad_residual ? task.grad_residual + at : scratch;
    if (task.grad) {
      masked(task, at, n, open);
    } else {
      for (int64_t i = 0; i < n; ++i) open[i] = 0;
    }
    const T* __restrict a = task.a + at;
    T* __restrict grad_a = task.grad_a + at;
    if (task.constant) {
      for (int64_t i = 0; i < n; ++i) {
        grad_a[i] = open[i] * task.scale[i] + (task.constant[i] + task.slope[i] * (a[i] - task.mean[i]));
      }
    } else {
      for (int64_t i = 0; i < n; ++i) grad_a[i] = open[i] * task.scale[i];
    }
  }
}

RETORT_EACH_WIDTH void backward_rows_of(const BackwardTask<float>& task, float* s) { backward_rows(task, s); }
RETORT_EACH_WIDTH void backward_rows_of(const BackwardTask<double>& task, double* s) { backward_rows(task, s); }

/// Calls work(group, first row in the group, rows) for each task, in parallel.
template <class Work>
void each_task(int64_t groups, int64_t rows, const Cut& cut, const Work& work) {
  at::parallel_for(0, groups * cut.tasks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t first = task % cut.tasks * cut.task_rows;
      work(task / cut.tasks, first, std::min(cut.task_rows, rows - first));
    }
  });
}

template <class T>
void combine(const BnForward<T>& job, const Cut& cut, const std::vector<double>& totals) {
  const int64_t channels = job.channels;
  std::vector<double> sum(2 * channels);
  for (int64_t group = 0; group < job.groups; ++group) {
    std::fill(sum.begin(), sum.end(), 0);
    for (int64_t task = 0; task < cut.tasks; ++task) {
      const double* part = totals.data() + (group * cut.tasks + task) * 2 * channels;
      for (int64_t i = 0; i < 2 * channels; ++i) sum[i] += part[i];
    }
    const T* pivot = job.a + group * job.rows * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const double shift = sum[c] / static_cast<double>(job.rows);
      const double var = sum[channels + c] / static_cast<double>(job.rows) - shift * shift;
      job.mean[group * channels + c] = static_cast<T>(pivot[c] + shift);
      job.var[group * channels + c] = static_cast<T>(var < 0 ? 0 : var);
    }
  }
}

template <class T>
void forward(const BnForward<T>& job) {
  const int64_t channels = job.channels;
  const Cut cut(job.rows, channels);
  const auto scale = repeated<T>(job.scale, 1, channels, cut), shift = repeated<T>(job.shift, 0, channels, cut);
  std::vector<double> totals(job.mean ? job.groups * cut.tasks * 2 * channels : 0);
  each_task(job.groups, job.rows, cut, [&](int64_t group, int64_t first, int64_t rows) {
    const int64_t at = (group * job.rows + first) * channels;
    const auto pivot = repeated<T>(job.a + group * job.rows * channels, 0, channels, cut);
    std::vector<T> sums(job.mean ? 2 * cut.width : 0);
    double* total = job.mean ? totals.data() + (group * cut.tasks + first / cut.task_rows) * 2 * channels : nullptr;
    forward_rows_of({job.a + at, job.residual ? job.residual + at : nullptr, job.output ? job.output + at : nullptr,
                     rows, channels, cut.stride_rows, cut.width, scale.data(), shift.data(), pivot.data(), sums.data(),
                     sums.data() + (job.mean ? cut.width : 0), total, job.relu});
  });
  if (job.mean) combine(job, cut, totals);
}

template <class T>
void backward(const BnBackward<T>& job) {
  const int64_t channels = job.channels;
  const Cut cut(job.rows, channels);
  const auto scale = repeated<T>(job.scale, 1, channels, cut), shift = repeated<T>(job.shift, 0, channels, cut);
  each_task(job.groups, job.rows, cut, [&](int64_t group, int64_t first, int64_t rows) {
    const int64_t at = (group * job.rows + first) * channels, of_group = group * channels;
    const auto in_group = [&](const T* values) {
      return repeated<T>(job.constant ? values + of_group : nullptr, 0, channels, cut);
    };
    const auto mean = in_group(job.mean), constant = in_group(job.constant), slope = in_group(job.slope);
    std::vector<T> scratch(cut.width);
    backward_rows_of(
        {job.grad ? job.grad + at : nullptr, job.a + at, job.output ? job.output + at : nullptr, job.grad_a + at,
         job.grad_residual ? job.grad_residual + at : nullptr, rows, channels, cut.stride_rows, scale.data(),
         shift.data(), mean.data(), job.constant ? constant.data() : nullptr, slope.data(), job.relu},
        scratch.data());
  });
}

}  // namespace

void bn_forward(const BnForward<float>& job) { forward(job); }
void bn_forward(const BnForward<double>& job) { forward(job); }
void bn_backward(const BnBackward<float>& job) { backward(job); }
void bn_backward(const BnBackward<double>& job) { backward(job); }

}  // namespace retort::nn
