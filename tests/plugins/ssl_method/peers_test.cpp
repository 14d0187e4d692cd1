// Every loss, value and gradient, against lightly and solo-learn on the same random float32 tensors.
#include "peers.h"

#include <functional>

#include "train/ssl/contrast.h"
#include "train/ssl/crossing.h"
#include "train/ssl/embedding.h"
#include "train/ssl/redundancy.h"

namespace retort::train::ssl {
namespace {

using Leaves = std::map<std::string, at::Tensor>;
using Loss = std::function<at::Tensor(const Leaves&)>;

/// Compares with `peer` and with the gradients of `wanted` recorded beside it.
void expect_peer(const std::string& peer, const std::vector<std::string>& wanted, const Loss& loss) {
  const Peers peers;
  Leaves leaves;
  for (const char* name : {"a", "b", "c", "d", "queue", "scores", "student", "teacher", "centre"})
    leaves[name] = peers[name].clone();
  for (const auto& name : wanted) leaves[name].requires_grad_(true);
  const at::Tensor value = loss(leaves);
  value.backward();
  expect_equal(value.detach(), peers[peer], peer);
  for (const auto& name : wanted) expect_equal(leaves[name].grad(), peers[peer + "." + name], peer + "." + name);
}

TEST(Peers, NtXent) {
  const Loss loss = [](const Leaves& t) { return nt_xent(normalise(t.at("a")), normalise(t.at("b")), 0.3).loss; };
  expect_peer("lightly.nt_xent", {"a", "b"}, loss);
  expect_peer("solo.nt_xent", {"a", "b"}, loss);
}

TEST(Peers, QueueContrast) {
  expect_peer("solo.queue", {"a"}, [](const Leaves& t) {
    return queue_contrast(normalise(t.at("a")), normalise(t.at("b")), t.at("queue"), 0.2).loss;
  });
}

TEST(Peers, BatchContrast) {
  expect_peer("torch.batch", {"a"},
              [](const Leaves& t) { return batch_contrast(normalise(t.at("a")), normalise(t.at("b")), 0.2).loss; });
}

TEST(Peers, Byol) {
  expect_peer("solo.byol", {"a", "b"}, [](const Leaves& t) {
    return 4 - 2 * (mean_cosine(t.at("a"), t.at("d")) + mean_cosine(t.at("b"), t.at("c")));
  });
}

TEST(Peers, SimSiam) {
  const Loss loss = [](const Leaves& t) {
    return -0.5 * (mean_cosine(t.at("a"), t.at("d")) + mean_cosine(t.at("b"), t.at("c")));
  };
  expect_peer("lightly.simsiam", {"a", "b"}, loss);
  expect_peer("solo.simsiam", {"a", "b"}, loss);
}

TEST(Peers, BarlowTwins) {
  const auto scaled = [](double scale) -> Loss {
    return [scale](const Leaves& t) {
      const auto terms = cross_correlation(t.at("a"), t.at("b"));
      return scale * (terms.on_diagonal + 0.0051 * terms.off_diagonal);
    };
  };
  expect_peer("lightly.barlow", {"a", "b"}, scaled(1));
  expect_peer("solo.barlow", {"a", "b"}, scaled(0.1));
}

TEST(Peers, VicReg) {
  const Loss loss = [](const Leaves& t) {
    const auto terms = variance_covariance(t.at("a"), t.at("b"));
    return 25 * terms.invariance + 25 * terms.variance + terms.covariance;
  };
  expect_peer("lightly.vicreg", {"a", "b"}, loss);
  expect_peer("solo.vicreg", {"a", "b"}, loss);
}

TEST(Peers, Sinkhorn) {
  const Peers peers;
  const at::Tensor codes = sinkhorn(peers["scores"][0], 0.05, 3);
  expect_equal(codes, peers["lightly.sinkhorn"], "lightly");
  expect_equal(codes, peers["solo.sinkhorn"], "solo");
}

TEST(Peers, Swav) {
  const auto of_views = [](int64_t views) -> Loss {
    return [views](const Leaves& t) {
      const at::Tensor scores = t.at("scores").narrow(0, 0, views);
      return crossed_entropy(at::stack({sinkhorn(scores[0], 0.05, 3), sinkhorn(scores[1], 0.05, 3)}), scores, 0.1);
    };
  };
  expect_peer("lightly.swav", {"scores"}, of_views(4));
  const Peers peers;
  at::Tensor scores = peers["scores"].clone().requires_grad_(true);
  const at::Tensor value = of_views(2)({{"scores", scores}});
  value.backward();
  expect_equal(value.detach(), peers["solo.swav"], "solo");  // two crops only
  expect_equal(scores.grad(), peers["solo.swav.scores"], "solo");
}

TEST(Peers, Dino) {
  const Loss loss = [](const Leaves& t) {
    return crossed_entropy(at::softmax((t.at("teacher") - t.at("centre")) / 0.05, 2), t.at("student"), 0.1);
  };
  expect_peer("lightly.dino", {"student"}, loss);
  expect_peer("solo.dino", {"student"}, loss);
  const Peers peers;
  const at::Tensor centre = 0.9 * peers["centre"] + 0.1 * peers["teacher"].mean(at::IntArrayRef{0, 1});
  expect_equal(centre, peers["lightly.dino.centre"], "lightly");
  expect_equal(centre, peers["solo.dino.centre"], "solo");
}

}  // namespace
}  // namespace retort::train::ssl
