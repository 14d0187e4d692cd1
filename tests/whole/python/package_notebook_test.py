"""The notebook of the Python package runs from its first cell to its last, and shows what it says it shows."""

import os
import sys
import unittest

import common
from package_store import package, torchvision

package()
common.need_plugins("dataset.icons", "pretrain.supervised", "recover", "relabel.soft", "evaluate.student", "resnet18")
nbformat, nbclient, _, _ = common.need("nbformat", "nbclient", "ipykernel", "pandas")
NOTEBOOK = common.SOURCE / "framework" / "python" / "first_look.ipynb"
# Of a torchvision that was built for another torch: the operators that it lacks (tests/whole/peers/networks.py).
PREPARED = f"import sys; sys.path.insert(0, {str(common.SOURCE / 'tests' / 'whole' / 'peers')!r}); import networks; networks.import_torchvision()"


class Notebook(unittest.TestCase):
    def test_it_runs(self):
        torchvision()
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(common.SOURCE / "framework" / "python"), os.environ.get("PYTHONPATH")]))
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        self.assertEqual([cell for cell in notebook.cells if cell.get("outputs")], [], "outputs are not kept in the tree")
        notebook.cells.insert(0, nbformat.v4.new_code_cell(PREPARED))
        notebook.metadata.kernelspec.name = "python3"
        nbclient.NotebookClient(notebook, timeout=280, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
        shown = [str(output) for cell in notebook.cells for output in cell.get("outputs", [])]
        for part in ("<plan: ", "Test accuracy, percent", "30 images", "data:image/png;base64,", "torch.Size([30, 3, 32, 32])", "<iframe sandbox"):
            self.assertTrue(any(part in each for each in shown), part)
        self.assertTrue(any("<progress" in each or "text/html" in each for each in shown))


if __name__ == "__main__":
    unittest.main(verbosity=2)
