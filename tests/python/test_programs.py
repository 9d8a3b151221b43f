"""The examples of Python, and the notebook, run and say what they should."""

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLES = sorted(path for path in (ROOT / "examples" / "python").glob("*.py") if path.stem != "common")


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.stem for example in EXAMPLES])
def test_examples_give_the_same_as_the_tutorials(example, postgres, tmp_path):
    """Each example runs a tutorial's program and its form with Bowyer, small here, and compares what they give."""
    arguments = ["20000", postgres.uri()] if example.stem == "databases" else ["20000"]
    done = subprocess.run(
        [sys.executable, example, *arguments], capture_output=True, text=True, timeout=120, cwd=tmp_path,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the same" in done.stdout


def test_the_notebook_runs(tmp_path, monkeypatch):
    import nbclient
    import nbformat

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(ROOT / "examples" / "python" / "tour.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    shown = "".join(str(cell.get("outputs")) for cell in notebook.cells)
    assert "did you mean" in shown and "<table>" in shown
