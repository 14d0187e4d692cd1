#pragma once
// Published settings of self-supervised methods for images of 32 pixels, and this project's own for short runs:
// plugins/SSL.md has the sources by method.
#include <map>
#include <string>

#include "core/json_text.h"

namespace retort {

/// File of graphs/protocols/ssl → name of its "let" → what stands there, as JSON.
using SslSettings = std::map<std::string, std::map<std::string, std::string>>;

inline const SslSettings& published_ssl() {
  static const SslSettings settings = {
      {"official.json",
       {// SSL.md 3.1, MoCo's CIFAR demo: K 4,096, m 0.99, T 0.1, batch 512 in 8 parts, 0.06, 5e-4.
        {"moco_v2_32px_b512_e200",
         R"({"epochs": 200, "batch": 512, "lr": 0.06, "weight_decay": 0.0005,
             "method": {"type": "moco_v2", "queue": 4096, "temperature": 0.1, "momentum": 0.99, "splits": 8},
             "views": [{"type": "standard", "preset": "moco_cifar", "count": 2}]})"},
        // SimSiam, appendix D: 0.03 per 256, 5e-4, 800 epochs.
        {"simsiam_32px_b512_e800",
         R"({"epochs": 800, "batch": 512, "lr": 0.06, "weight_decay": 0.0005,
             "method": {"type": "simsiam", "hidden": 2048, "bottleneck": 512},
             "views": [{"type": "standard", "preset": "simsiam_cifar", "count": 2}]})"},
        // dkobak/simclr-cifar10: 0.03 per 256, T 0.5, head 1024-128, 1,000 epochs.
        {"simclr_32px_b512_e1000",
         R"({"epochs": 1000, "batch": 512, "lr": 0.06, "weight_decay": 0.0005,
             "method": {"type": "simclr", "hidden": 1024, "dim": 128, "temperature": 0.5},
             "views": [{"type": "standard", "preset": "simclr_cifar", "count": 2}]})"}}},
      // lightly's CIFAR-10 benchmark: SGD of 0.06 at 128 images, 5e-4, 200 epochs, no blur.
      {"lightly.json",
       {{"lightly_sgd", R"({"epochs": 200, "batch": 128, "lr": 0.06, "weight_decay": 0.0005, "optimizer": "sgd"})"},
        {"lightly_plain", R"([{"type": "standard", "preset": "moco_cifar", "count": 2}])"},
        {"lightly_asymmetric", R"([{"type": "standard", "preset": "asymmetric_cifar_1"},
                                   {"type": "standard", "preset": "asymmetric_cifar_2"}])"},
        {"barlow_twins_32px_b128_e200",
         R"({"ref": "lightly_sgd", "views": {"ref": "lightly_asymmetric"},
             "method": {"type": "barlow_twins", "hidden": 2048, "dim": 2048, "lambda": 0.005, "scale": 1}})"},
        {"byol_32px_b128_e200",
         R"({"ref": "lightly_sgd", "views": {"ref": "lightly_asymmetric"},
             "method": {"type": "byol", "hidden": 1024, "dim": 256, "momentum_schedule": "constant"}})"},
        {"dino_32px_b128_e200",
         R"({"ref": "lightly_sgd", "views": {"ref": "lightly_asymmetric"},
             "method": {"type": "dino", "hidden": 2048, "bottleneck": 256, "outputs": 2048, "layers": 2,
                        "head_norm": true, "momentum_schedule": "constant", "clip": 0}})"},
        // num_splits = 8 at every batch size.
        {"moco_v2_32px_b128_e200",
         R"({"ref": "lightly_sgd", "views": {"ref": "lightly_plain"},
             "method": {"type": "moco_v2", "mlp": true, "dim": 128, "queue": 4096, "splits": 8, "symmetric": true}})"},
        {"simclr_32px_b128_e200",
         R"({"ref": "lightly_sgd", "views": {"ref": "lightly_plain"},
             "method": {"type": "simclr", "hidden": 512, "dim": 128, "head_norm": true, "temperature": 0.5}})"},
        {"simsiam_32px_b128_e200",
         R"({"ref": "lightly_sgd", "views": [{"type": "standard", "preset": "simsiam_cifar", "count": 2}],
             "method": {"type": "simsiam", "hidden": 2048, "bottleneck": 512}})"},
        {"swav_32px_b128_e200",
         R"({"ref": "lightly_sgd", "optimizer": "adam", "lr": 0.001, "weight_decay": 1e-06,
             "method": {"type": "swav", "hidden": 512, "dim": 128, "prototypes": 512, "queue": 0, "freeze_epochs": 0},
             "views": [{"type": "standard", "preset": "swav_cifar_global", "scale": [0.14, 1], "blur": 0,
                        "count": 2}]})"}}},
      // solo-learn's scripts/pretrain/cifar: 1,000 epochs, batch 256, ten epochs of warm-up, rates per 256 images.
      {"solo_learn.json",
       {{"solo_asymmetric", R"([{"type": "standard", "preset": "asymmetric_cifar_1"},
                                {"type": "standard", "preset": "asymmetric_cifar_2"}])"},
        {"solo_symmetric", R"([{"type": "standard", "preset": "symmetric_cifar", "count": 2}])"},
        {"solo_symmetric_weak", R"([{"type": "standard", "preset": "symmetric_weak_cifar", "count": 2}])"},
        {"solo_sgd", R"({"epochs": 1000, "batch": 256, "optimizer": "sgd", "warmup_epochs": 10,
                         "schedule_per_step": true})"},
        {"solo_lars", R"({"epochs": 1000, "batch": 256, "optimizer": "lars", "decay_all": false, "warmup_epochs": 10,
                          "schedule_per_step": true})"},
        {"barlow_twins_32px_b256_e1000",
         R"({"ref": "solo_lars", "lr": 0.3, "weight_decay": 0.0001, "views": {"ref": "solo_asymmetric"},
             "method": {"type": "barlow_twins", "hidden": 2048, "dim": 2048, "lambda": 0.0051, "scale": 0.1}})"},
        {"byol_32px_b256_e1000",
         R"({"ref": "solo_lars", "lr": 1.0, "weight_decay": 1e-05, "views": {"ref": "solo_asymmetric"},
             "method": {"type": "byol", "hidden": 4096, "dim": 256, "momentum": 0.99}})"},
        {"dino_32px_b256_e1000",
         R"({"ref": "solo_lars", "lr": 0.3, "weight_decay": 1e-06, "views": {"ref": "solo_asymmetric"},
             "method": {"type": "dino", "hidden": 2048, "bottleneck": 256, "outputs": 4096, "momentum": 0.9995,
                        "teacher_warmup_epochs": 0}})"},
        // MoCo v2+; its two queues of 32,768 are one here.
        {"moco_v2_32px_b256_e1000",
         R"({"ref": "solo_sgd", "lr": 0.3, "weight_decay": 0.0001, "views": {"ref": "solo_symmetric_weak"},
             "method": {"type": "moco_v2", "mlp": true, "hidden": 2048, "dim": 256, "queue": 32768, "splits": 1,
                        "temperature": 0.2, "symmetric": true}})"},
        {"moco_v3_32px_b256_e1000",
         R"({"ref": "solo_lars", "lr": 0.3, "weight_decay": 1e-06, "views": {"ref": "solo_asymmetric"},
             "method": {"type": "moco_v3", "hidden": 4096, "dim": 256, "temperature": 0.2, "momentum": 0.99}})"},
        {"simclr_32px_b256_e1000",
         R"({"ref": "solo_lars", "lr": 0.4, "weight_decay": 0.0001, "views": {"ref": "solo_symmetric"},
             "method": {"type": "simclr", "hidden": 2048, "dim": 256, "temperature": 0.2}})"},
        {"simsiam_32px_b256_e1000",
         R"({"ref": "solo_sgd", "lr": 0.5, "weight_decay": 1e-05, "views": {"ref": "solo_symmetric_weak"},
             "method": {"type": "simsiam", "hidden": 2048, "bottleneck": 512, "layers": 3}})"},
        {"swav_32px_b256_e1000",
         R"({"ref": "solo_lars", "lr": 0.6, "weight_decay": 1e-06, "views": {"ref": "solo_symmetric"},
             "method": {"type": "swav", "hidden": 2048, "dim": 128, "prototypes": 3000, "queue": 3840,
                        "queue_epoch": 50, "freeze_epochs": 2}})"},
        // Variance 25 there, of a loss that is not halved over the two views.
        {"vicreg_32px_b256_e1000",
         R"({"ref": "solo_lars", "lr": 0.3, "weight_decay": 0.0001,
             "method": {"type": "vicreg", "hidden": 2048, "dim": 2048, "invariance": 25, "variance": 50},
             "views": [{"type": "standard", "preset": "vicreg_cifar", "count": 2}]})"}}},
      // This project's own, for a few thousand images and 30 epochs (graphs/RESULTS.md).
      {"short.json",
       {{"short_views", R"([{"type": "standard", "preset": "simsiam_cifar", "count": 2}])"},
        {"short_sgd", R"({"epochs": 30, "batch": 64, "lr": 0.06, "weight_decay": 0.0005, "check_every": 30,
                          "views": {"ref": "short_views"}})"},
        {"short_adam", R"({"epochs": 30, "batch": 64, "lr": 0.001, "weight_decay": 1e-06, "optimizer": "adam",
                           "warmup_epochs": 2, "check_every": 30, "views": {"ref": "short_views"}})"},
        {"barlow_twins_32px_b64_e30",
         R"({"ref": "short_adam", "method": {"type": "barlow_twins", "hidden": 512, "dim": 256, "layers": 2,
                                             "lambda": 0.0039, "scale": 1}})"},
        {"byol_32px_b64_e30",
         R"({"ref": "short_sgd", "method": {"type": "byol", "hidden": 512, "dim": 128, "momentum": 0.99}})"},
        {"dino_32px_b64_e30",
         R"({"ref": "short_sgd", "method": {"type": "dino", "hidden": 512, "bottleneck": 128, "outputs": 512,
                                            "layers": 2, "head_norm": true, "teacher_warmup_epochs": 10,
                                            "momentum": 0.99}})"},
        {"moco_v2_32px_b64_e30", R"({"ref": "short_sgd", "method": {"type": "moco_v2", "queue": 2048, "splits": 1}})"},
        {"moco_v3_32px_b64_e30", R"({"ref": "short_sgd", "method": {"type": "moco_v3", "hidden": 512, "dim": 128}})"},
        {"simclr_32px_b64_e30",
         R"({"ref": "short_sgd", "method": {"type": "simclr", "hidden": 512, "dim": 128, "temperature": 0.2}})"},
        {"simsiam_32px_b64_e30",
         R"({"ref": "short_sgd", "method": {"type": "simsiam", "hidden": 512, "bottleneck": 128}})"},
        {"swav_32px_b64_e30",
         R"({"ref": "short_adam", "warmup_epochs": 0,
             "method": {"type": "swav", "hidden": 512, "dim": 128, "prototypes": 200, "queue": 0,
                        "freeze_epochs": 1}})"},
        {"vicreg_32px_b64_e30",
         R"({"ref": "short_adam", "method": {"type": "vicreg", "hidden": 512, "dim": 256, "layers": 2}})"}}}};
  return settings;
}

}  // namespace retort
