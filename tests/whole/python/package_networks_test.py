"""The networks that the Python package writes itself answer as Retort's own, and those of torchvision take the tensors of its files."""

import unittest

from package_store import WithStore, common, package, torchvision

retort = package("vgg11", "alexnet")
import torch  # noqa: E402

from retort_dd.network import network  # noqa: E402

SIZE = 32
OURS = {
    "convnet": {"type": "convnet", "width": 8},
    "batch": {"type": "convnet", "depth": 2, "width": 4, "norm": "batch", "activation": "swish"},
    "layer": {"type": "convnet", "depth": 4, "width": 4, "norm": "layer", "pooling": "max", "activation": "sigmoid"},
    "group": {"type": "convnet", "depth": 1, "width": 8, "norm": "group", "pooling": "none", "activation": "leaky_relu"},
    "none": {"type": "convnet", "width": 4, "norm": "none"},
    "vgg11": {"type": "vgg11"},
    "vgg11_batch": {"type": "vgg11", "norm": "batch"},
    "vgg11_instance": {"type": "vgg11", "norm": "instance"},
    "alexnet": {"type": "alexnet"},
}


def meta(kind, classes=3, channels=3, **params):
    return {
        "architecture": {"type": kind, "params": params},
        "channels": channels,
        "image_size": SIZE,
        "classes": ["c"] * classes,
    }


class Ours(WithStore):
    @classmethod
    def parts(cls):
        data = {"type": "dataset.shapes", "params": {"classes": 3, "per_class": 4, "test_per_class": 1, "size": SIZE}}
        made = {"data": data}
        for name, kind in OURS.items():
            made[name] = {
                "type": "pretrain.supervised",
                "inputs": {"data": "data.train"},
                "params": {"network": kind, "epochs": 2, "batch": 6, "lr": 0.02},
            }
            made[f"{name}_says"] = {
                "type": "relabel.soft",
                "inputs": {"teachers": [name], "images": "data.train"},
                "params": {"form": "image"},
            }
        return {"nodes": made}

    def test_they_answer_as_in_retort(self):
        pixels = self.result_of("data").images("train").pixels
        for name in OURS:
            with self.subTest(name), torch.no_grad():
                result = self.result_of(name)
                logits, expected = result.network()(result.normalization()(pixels)), self.result_of(f"{name}_says").labels().logits
                self.assertGreater(expected.std(0).min(), 5e-5, "the images are told apart")
                torch.testing.assert_close(logits, expected, atol=1e-5, rtol=0)


class Modules(unittest.TestCase):
    def test_grey_images_are_padded_as_dc_does(self):
        """By the shape of the first linear layer: 28 pixels become 32."""
        for kind, params, wide in (("convnet", {}, 128 * 4 * 4), ("vgg11", {}, 512), ("alexnet", {}, 192 * 4 * 4)):
            with self.subTest(kind):
                grey = {**meta(kind, channels=1, **params), "image_size": 28}
                weights = {name: torch.rand(value.shape) for name, value in empty(grey).items()}
                made = network(grey, weights)
                self.assertEqual(made(torch.rand(2, 1, 28, 28)).shape, (2, 3))
                self.assertEqual(getattr(made, made.head).in_features, wide)

    def test_without_classes_they_give_features(self):
        encoder = meta("convnet", classes=0)
        made = network(encoder, {name: torch.rand(value.shape) for name, value in empty(encoder).items()})
        self.assertEqual(made(torch.rand(2, 3, SIZE, SIZE)).shape, (2, 128 * 4 * 4))

    def test_every_architecture_takes_the_tensors_of_its_files(self):
        """By the lists that tests/plugins/nn holds our networks to; that equal names give equal answers is shown in tests/whole/peers."""
        torchvision()
        from retort_dd.network import network

        cases = {
            "resnet18_small_100": ("resnet18", "small", 100),
            **{
                name: (name, "imagenet", 1000)
                for name in ("resnet18", "resnet50", "mobilenet_v2", "shufflenet_v2", "efficientnet_b0", "densenet121")
            },
        }
        for name, (kind, stem, classes) in cases.items():
            lines = (common.SOURCE / "tests" / "plugins" / "nn" / "expected" / f"{name}.txt").read_text().splitlines()
            weights = {line.split()[0]: torch.zeros([int(side) for side in line.split()[1:]]) for line in lines}
            meta = {
                "architecture": {"type": kind, "params": {"stem": stem}},
                "channels": 3,
                "image_size": 32,
                "classes": ["c"] * classes,
            }
            with self.subTest(name):
                self.assertFalse(network(meta, weights).training)
                del weights[lines[0].split()[0]]
                with self.assertRaisesRegex(retort.RetortError, "(?s)the weights do not fit.*Missing key"):
                    network(meta, weights)

    def test_other_architectures_are_refused(self):
        for wrong, words in (
            (meta("mlp"), "no module for mlp.*alexnet, convnet.*resnet18"),
            (meta("vgg11", stem="imagenet", norm="instance"), "vgg11 .*instance"),
            (meta("resnet18", channels=1), "resnet18 of 1 channels"),
        ):
            with self.subTest(words), self.assertRaisesRegex(retort.RetortError, words):
                network(wrong, {})
        with self.assertRaisesRegex(retort.RetortError, "(?s)do not fit convnet.*classifier"):
            network(meta("convnet"), {})


def empty(of):
    """The tensors that a network wants, without values."""
    from retort_dd.network import _built

    with torch.device("meta"):
        return _built(of["architecture"]["type"], of["architecture"]["params"], of).state_dict()


if __name__ == "__main__":
    unittest.main(verbosity=2)
