#pragma once
// The two loops of bn_statistics on a CPU, over rows of channels (channels-last memory). The order of sums depends on
// the shape alone, never on the number of threads or the vector width: results are the same bits everywhere.
#include <cstdint>

namespace retort::nn {

/// Rows are laid out [groups][rows][channels]. Null pointers mean "not there".
template <class T>
struct BnForward {
  const T* a;
  const T* scale;     ///< [channels]
  const T* shift;     ///< [channels]
  const T* residual;  ///< like a
  T* output;          ///< like a; null: only statistics
  T* mean;            ///< [groups, channels]; null: no statistics
  T* var;
  int64_t groups, rows, channels;
  bool relu;
};

template <class T>
struct BnBackward {
  const T* grad;  ///< of the output; null: zero
  const T* a;
  const T* output;  ///< decides where ReLU is open; null: decided by scale · a + shift
  const T* scale;
  const T* shift;
  const T* mean;      ///< [groups, channels]
  const T* constant;  ///< [groups, channels]: the gradient gains constant + slope · (a - mean); null: nothing
  const T* slope;
  T* grad_a;
  T* grad_residual;  ///< null: not wanted
  int64_t groups, rows, channels;
  bool relu;
};

void bn_forward(const BnForward<float>& job);
void bn_forward(const BnForward<double>& job);
void bn_backward(const BnBackward<float>& job);
void bn_backward(const BnBackward<double>& job);

}  // namespace retort::nn
