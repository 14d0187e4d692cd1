"""Tensor files open with Python's safetensors, and hold what their meta says."""
import io
import tempfile
import unittest

import common

numpy, safetensors_numpy, Image = common.need("numpy", "safetensors.numpy", "PIL.Image")
common.command()
common.need_plugins("dataset.image_folder")


class TensorFiles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.node, self.labels, self.pixels = common.make_pictures(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def artifact(self, port, **params):
        node = {**self.node, "params": {**self.node["params"], **params}}
        common.run_graph(self.folder.name, {"data": node})
        (outputs,) = common.artifacts(self.folder.name, "dataset.image_folder")
        return outputs[port]

    def test_decoded_data_set(self):
        artifact = self.artifact("train")
        self.assertEqual(artifact.names(), ["data.safetensors"])
        tensors = safetensors_numpy.load(artifact.read("data.safetensors"))
        self.assertEqual(sorted(tensors), ["images", "labels"])
        self.assertEqual(tensors["labels"].dtype, numpy.dtype("int64"))
        numpy.testing.assert_array_equal(tensors["labels"], self.labels)
        self.assertEqual(tensors["images"].dtype, numpy.dtype("uint8"))
        numpy.testing.assert_array_equal(tensors["images"], numpy.moveaxis(self.pixels, 3, 1))
        self.assertEqual(artifact.meta["classes"], common.CLASSES)
        self.assertEqual((artifact.meta["count"], artifact.meta["image_size"], artifact.meta["channels"]), (12, 32, 3))

    def test_encoded_data_set(self):
        artifact = self.artifact("train", stored="encoded")
        self.assertEqual(artifact.names(), ["images.bin", "index.safetensors"])
        index = safetensors_numpy.load(artifact.read("index.safetensors"))
        packed = artifact.read("images.bin")
        numpy.testing.assert_array_equal(index["labels"], self.labels)
        for i, (offset, length) in enumerate(zip(index["offsets"], index["lengths"])):
            picture = Image.open(io.BytesIO(packed[offset:offset + length]))
            numpy.testing.assert_array_equal(numpy.asarray(picture), self.pixels[i])
        self.assertEqual(int(index["lengths"].sum()), len(packed))


if __name__ == "__main__":
    unittest.main(verbosity=2)
