"""What other programs make of results: Hugging Face datasets, TensorBoard, Weights & Biases, MLflow. Each skipped without its library."""

import io
import json
import os
import pathlib
import subprocess
import sys
import unittest
from unittest import mock

from package_store import WithStore, package, wanted

retort = package()
import numpy  # noqa: E402

SCORE = "score{lr/ä <b>=0.1,seed=1}"


class Hub(WithStore):
    def setUp(self):
        wanted("pyarrow.parquet")

    def test_the_images_come_back_from_parquet(self):
        parquet, image = wanted("pyarrow.parquet"), wanted("PIL", "PIL.Image")
        folder = self.folder / "hub ä"
        self.assertEqual(self.result_of("images").to_hub(folder), folder)
        table, images = parquet.read_table(folder / "data" / "train-00000-of-00001.parquet"), self.result_of("images").images()
        self.assertEqual(table["label"].to_pylist(), images.labels.tolist())
        for cell, pixels in zip(table["image"].to_pylist(), images.pixels):
            numpy.testing.assert_array_equal(numpy.asarray(image.open(io.BytesIO(cell["bytes"]))), pixels.permute(1, 2, 0))
        features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
        self.assertEqual(features["label"]["names"], images.classes)

    def test_datasets_reads_it(self):
        with mock.patch.dict(os.environ, {"HF_HUB_OFFLINE": "1"}):
            datasets = wanted("datasets")
        datasets.disable_progress_bars()
        self.result_of("data").to_hub(self.folder / "held_out", "test")
        loaded = datasets.load_dataset(str(self.folder / "held_out"), cache_dir=str(self.folder / "cache"))
        images = self.result_of("data").images("test")
        self.assertEqual(list(loaded), ["test"])
        self.assertEqual(loaded["test"].features["label"].names, images.classes)
        for item, pixels, label in zip(loaded["test"], images.pixels, images.labels.tolist()):
            self.assertEqual(item["label"], label)
            numpy.testing.assert_array_equal(numpy.asarray(item["image"]), pixels.permute(1, 2, 0))

    def test_the_card_says_how_it_was_made(self):
        folder, result = self.folder / "card", self.result_of("images")
        result.to_hub(folder)
        card = (folder / "README.md").read_text("utf-8")
        _, matter, text = card.split("---\n", 2)
        front = {name: json.loads(value) for name, value in (line.split(": ", 1) for line in matter.splitlines())}
        self.assertEqual(front["pretty_name"], "tiny | <graph>")
        self.assertEqual(
            list(front["dataset_info"]["features"][1]["dtype"]["class_label"]["names"].values()), result.images().classes
        )
        for part in (
            result.key,
            result.outputs["images"].digest,
            "6 images (16 × 16, 3 channels) of 3 classes, 2 of each",
            r"tiny \| \<graph\>",
            "| images | recover | teacher.classifier |",
        ):
            self.assertIn(part, text)
        made = subprocess.run(
            ["retort", "plan", folder / "datasheet.json", "--store", self.store.root, "--json"], capture_output=True, text=True
        )
        self.assertEqual({node["key"] for node in json.loads(made.stdout)["nodes"] if node["name"] == "images"}, {result.key})

    def test_a_folder_that_holds_something_is_refused(self):
        (self.folder / "full").mkdir()
        (self.folder / "full" / "mine").write_text("")
        with self.assertRaisesRegex(retort.RetortError, "there already and not empty"):
            self.result_of("images").to_hub(self.folder / "full")
        with self.assertRaises(retort.RetortError):
            self.result_of("teacher").to_hub(self.folder / "no_images")
        with (
            mock.patch.dict(sys.modules, {"pyarrow": None}),
            self.assertRaisesRegex(retort.MissingLibraryError, "pip install pyarrow"),
        ):
            self.result_of("images").to_hub(self.folder / "half")
        self.assertEqual([each.name for each in self.folder.iterdir() if "half" in each.name or "no_images" in each.name], [])

    def test_equal_class_names_are_told_apart(self):
        from retort_dd.export.hub import unique

        self.assertEqual(unique(["crane", "owl", "crane"]), ["crane (0)", "owl", "crane (2)"])


class Trackers(WithStore):
    def test_tensorboard(self):
        wanted("tensorboard")
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        self.made.to_tensorboard(self.folder / "board")
        runs = sorted(each.name for each in (self.folder / "board").iterdir())
        self.assertEqual(
            runs, sorted(name.replace("/", "%2F") for name, each in self.made.results.items() if each.has("curves", "metrics"))
        )
        read = EventAccumulator(str(self.folder / "board" / SCORE.replace("/", "%2F")))
        read.Reload()
        raw = json.loads(self.result_of(SCORE).outputs["curves"].read("curves.json"))
        for name, points in raw.items():
            self.assertEqual([each.step for each in read.Scalars(name)], [step for step, _ in points])
            numpy.testing.assert_allclose([each.value for each in read.Scalars(name)], [value for _, value in points], rtol=1e-6)
        last = self.result_of(SCORE).metrics()["accuracy_last"]
        self.assertAlmostEqual(read.Scalars("metrics/accuracy_last")[0].value, last, places=4)
        images = EventAccumulator(str(self.folder / "board" / "images"))
        images.Reload()
        self.assertEqual(len(images.Tags()["images"]), 3)

    def test_wandb(self):
        """Whole as soon as it is written, though the library's own finish returns before that."""
        wanted("wandb")
        self.result_of(SCORE).to_wandb(self.folder / "weights")
        (log,) = (self.folder / "weights" / "wandb").glob("offline-run-*/run-*.wandb")
        data = log.read_bytes()
        for part in ("accuracy_prefix_best", "student_steps", "network.width", self.result_of(SCORE).key, SCORE):
            self.assertIn(part.encode(), data)
        with self.assertRaisesRegex(retort.RetortError, "wandb could not write"):
            with mock.patch.object(sys, "path", ["/nowhere"]):
                self.result_of(SCORE).to_wandb(self.folder / "not")

    def test_mlflow(self):
        with mock.patch.dict(os.environ, {"MLFLOW_ALLOW_FILE_STORE": "true"}):
            wanted("mlflow")
            uri = (self.folder / "flow").as_uri()
            score, images = (self.result_of(name).to_mlflow(uri)[0] for name in (SCORE, "images"))
            from mlflow.tracking import MlflowClient

            client, result = MlflowClient(tracking_uri=uri), self.result_of(SCORE)
            run = client.get_run(score)
            self.assertEqual((run.data.tags["retort.key"], run.info.run_name), (result.key, SCORE))
            self.assertEqual(run.data.params["network.width"], "4")
            self.assertEqual(run.data.metrics["result/accuracy_last"], result.metrics()["accuracy_last"])
            raw = json.loads(result.outputs["curves"].read("curves.json"))
            self.assertEqual([[each.step, each.value] for each in client.get_metric_history(score, "loss")], raw["loss"])
            kept = [each.path for each in client.list_artifacts(images)]
            self.assertEqual(len([name for name in kept if name.endswith(".png")]), 3)

    def test_a_missing_library_is_named(self):
        for module, package_name, write in (
            ("tensorboard", "tensorboard", "to_tensorboard"),
            ("wandb", "wandb", "to_wandb"),
            ("mlflow", "mlflow", "to_mlflow"),
        ):
            with self.subTest(module), mock.patch.dict(sys.modules, {module: None}):
                with self.assertRaisesRegex(retort.MissingLibraryError, f"pip install {package_name}"):
                    getattr(self.made, write)(str(self.folder / "nothing"))

    def test_names_of_folders(self):
        from retort_dd.export.contents import folder_name

        key = "ab" * 32
        self.assertEqual(folder_name("a/b%2F", key), "a%2Fb%252F")
        self.assertEqual(folder_name("..", key), "%2E.")
        long = [folder_name("ä" * 200 + end, key) for end in "xy"]
        self.assertLess(len(long[0].encode()), 150)
        self.assertEqual(pathlib.Path(long[0]).name, long[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
