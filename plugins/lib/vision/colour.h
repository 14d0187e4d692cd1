#pragma once
// Colour operations on batches of pixels in 0..1 ([N,3,H,W], floating, any device), each with its own strength per
// image (SSL.md 2.7, torchvision's definitions). Results are clamped to 0..1.
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

namespace retort::vision {

/// 0.2989 R + 0.587 G + 0.114 B: [N,3,H,W] → [N,1,H,W].
at::Tensor gray(const at::Tensor& pixels);

/// factor: [N]. Multiplies.
at::Tensor brightness(const at::Tensor& pixels, const at::Tensor& factor);
/// factor: [N]. Blends with the mean of the gray image.
at::Tensor contrast(const at::Tensor& pixels, const at::Tensor& factor);
/// factor: [N]. Blends with the gray image.
at::Tensor saturation(const at::Tensor& pixels, const at::Tensor& factor);
/// shift: [N] in turns of the hue circle. Value and chroma of HSV are kept.
at::Tensor hue(const at::Tensor& pixels, const at::Tensor& shift);
/// x where x < threshold, else 1 - x.
at::Tensor solarize(const at::Tensor& pixels, double threshold = 0.5);

/// Strengths as in torchvision: factors of U[max(0, 1-s), 1+s], hue shifts of U[-hue, hue].
struct Jitter {
  double brightness = 0, contrast = 0, saturation = 0, hue = 0;
};
/// The four operations in a random order per image, on each image with this probability.
at::Tensor jitter(const at::Tensor& pixels, const Jitter& strength, double probability, at::Generator& random);

/// Gray with this probability per image.
at::Tensor random_gray(const at::Tensor& pixels, double probability, at::Generator& random);
at::Tensor random_solarize(const at::Tensor& pixels, double probability, at::Generator& random);

/// Separable Gaussian of standard deviation sigma[i] pixels for image i, truncated at `radius` pixels, mirrored
/// borders.
at::Tensor gaussian_blur(const at::Tensor& pixels, const at::Tensor& sigma, int64_t radius);
/// Blur with this probability per image, sigma of U[low, high]. The radius is a twentieth of the side, at least one
/// pixel (SimCLR: kernel 23 at 224, 3 at 32).
at::Tensor random_blur(const at::Tensor& pixels, double probability, double low, double high, at::Generator& random);

}  // namespace retort::vision
