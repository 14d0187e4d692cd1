"""Exported folders are read by torchvision's ImageFolder and by dataset.image_folder with the labels and pixels that were exported."""
import pathlib
import subprocess
import tempfile
import unittest

import common

numpy, safetensors_numpy, torch = common.need("numpy", "safetensors.numpy", "torch")
common.command()
common.need_plugins("dataset.image_folder", "export.images")


def torchvision_datasets():
    """torchvision's wheel is built with CUDA; beside a CPU-only torch its import asks for operators that are only there in its C++
    library. Nothing here calls them: declaring their signatures is enough."""
    libraries = []
    for namespace, operator in (("torchvision", "nms"), ("torchvision", "qnms")):
        library = torch.library.Library(namespace, "FRAGMENT")
        try:
            library.define(f"{operator}(Tensor boxes, Tensor scores, float threshold) -> Tensor")
        except RuntimeError:
            pass  # the wheel has them
        libraries.append(library)
    return common.need("torchvision.datasets"), libraries


DATASETS, KEPT = torchvision_datasets()


class Exported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        data, cls.labels, cls.images = common.make_pictures(cls.folder)
        export = {"type": "export.images", "inputs": {"images": "data.train"}}
        common.run_graph(cls.folder, {"data": data, "png": {**export, "params": {"format": "png"}},
                                      "jpeg": {**export, "params": {"format": "jpeg", "quality": 90}}})
        for outputs in common.artifacts(cls.folder, "export.images"):
            written = outputs["folder"]
            written.unpack(cls.folder / written.meta["format"])

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def read(self, name):
        """Labels and pixels by class, in the order of the files."""
        loaded = DATASETS.ImageFolder(str(self.folder / name))
        self.assertEqual(len(loaded.classes), len(common.CLASSES))
        for label, folder in enumerate(loaded.classes):
            self.assertIn(common.CLASSES[label].replace(" ", "_"), folder)
        pairs = [loaded[i] for i in range(len(loaded))]
        return numpy.array([label for _, label in pairs]), numpy.stack([numpy.asarray(image) for image, _ in pairs])

    def test_png_keeps_every_pixel(self):
        labels, images = self.read("png")
        numpy.testing.assert_array_equal(labels, self.labels)
        numpy.testing.assert_array_equal(images, self.images)

    def test_jpeg_is_close(self):
        labels, images = self.read("jpeg")
        numpy.testing.assert_array_equal(labels, self.labels)
        wanted = self.images.astype(int)
        difference = numpy.abs(images - wanted).mean(axis=(1, 2, 3))
        other = numpy.abs(images - numpy.roll(wanted, 1, axis=0)).mean(axis=(1, 2, 3))
        self.assertGreater(difference.max(), 0)
        self.assertTrue((difference < other / 3).all(), f"{difference} {other}")

    def test_our_reader_agrees_with_torchvision(self):
        archive = self.folder / "jpeg.tar"
        subprocess.run(["tar", "-cf", archive, "-C", self.folder / "jpeg", "."], check=True)
        labels, images = self.read("jpeg")
        for name in ("jpeg", "jpeg.tar"):
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                common.run_graph(folder, {"data": {"type": "dataset.image_folder",
                                                   "params": {"path": str(self.folder / name), "image_size": 32}}})
                (read,) = common.artifacts(folder, "dataset.image_folder")
                tensors = safetensors_numpy.load(read["train"].read("data.safetensors"))
                numpy.testing.assert_array_equal(tensors["labels"], labels)
                numpy.testing.assert_array_equal(numpy.moveaxis(tensors["images"], 1, 3), images)


if __name__ == "__main__":
    unittest.main(verbosity=2)
