"""Tensor files open with Python's safetensors, and hold what their meta says."""
import tempfile
import unittest

import common

numpy, safetensors_numpy = common.need("numpy", "safetensors.numpy")
common.command()
common.need_plugins("dataset.shapes")


class TensorFiles(unittest.TestCase):
    def test_data_set(self):
        with tempfile.TemporaryDirectory() as folder:
            common.run_graph(folder, {"data": common.SHAPES})
            (outputs,) = common.artifacts(folder, "dataset.shapes")
            for name, per_class in (("train", 4), ("test", 2)):
                with self.subTest(name):
                    artifact = outputs[name]
                    self.assertEqual(artifact.names(), ["data.safetensors"])
                    tensors = safetensors_numpy.load(artifact.read("data.safetensors"))
                    self.assertEqual(sorted(tensors), ["images", "labels"])
                    images, labels = tensors["images"], tensors["labels"]
                    self.assertEqual((images.dtype, images.shape), (numpy.dtype("uint8"), (3 * per_class, 3, 32, 32)))
                    self.assertEqual(labels.dtype, numpy.dtype("int64"))
                    numpy.testing.assert_array_equal(numpy.bincount(labels), [per_class] * 3)
                    self.assertEqual(artifact.meta["count"], 3 * per_class)
                    self.assertEqual(len(artifact.meta["classes"]), 3)
                    self.assertGreater(images.std(), 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
