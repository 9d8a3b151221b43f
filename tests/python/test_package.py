"""The package itself: stubs tell what the module has, pip installs it, examples and the notebook run."""

import ast
import importlib
import os
import pathlib
import subprocess
import sys

import pytest

import bowyer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "bindings" / "python"
EXAMPLES = sorted(path for path in (ROOT / "examples" / "python").glob("*.py") if path.stem != "common")


def public(names):
    return {name for name in names if not name.startswith("__")}


def test_the_stubs_tell_what_the_module_has():
    stubs = ast.parse((PACKAGE / "bowyer" / "_bowyer.pyi").read_text())
    module = importlib.import_module("bowyer._bowyer")
    told = {node.name for node in stubs.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert told == public(vars(module))
    for node in stubs.body:
        if isinstance(node, ast.ClassDef):
            methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
            assert public(methods) == public(vars(getattr(module, node.name))), node.name
    assert (pathlib.Path(bowyer.__file__).parent / "py.typed").exists()


def test_every_public_name_is_there():
    assert {"copy", "sql", "scan", "read", "migrate", "inspect", "Channel", "col", "Error"} <= set(bowyer.__all__)
    for name in bowyer.__all__:
        assert getattr(bowyer, name) is not None


def test_pip_installs_it(tmp_path):
    """As `pip install ./bindings/python` does, without a network: build tools and dependencies are those at hand, and
    what ./dev has compiled is not compiled again."""
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index",
         "--disable-pip-version-check", f"-Cbuild-dir={ROOT}/build/python", "--target", site, PACKAGE],
        check=True,
        timeout=170,
        env={**os.environ, "CMAKE_PREFIX_PATH": str(ROOT / "build" / "install")},
    )  # fmt: skip
    code = "import bowyer; print(bowyer.__file__, bowyer.sql('select 6 * 7 as answer').to_pylist())"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout == f"{site}/bowyer/__init__.py [{{'answer': 42}}]\n", done.stderr
    assert list(site.glob("bowyer-*.dist-info"))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.stem for example in EXAMPLES])
def test_examples_give_the_same_as_the_tutorials(example, tmp_path):
    """Each example runs a tutorial's program and its form with Bowyer, small here, and compares what they give."""
    done = subprocess.run(
        [sys.executable, example, "20000"], capture_output=True, text=True, timeout=120, cwd=tmp_path,
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


def test_the_programs_of_the_documentation_run(tmp_path, monkeypatch):
    """The first program of docs/python.md, and that of the README."""
    import re

    monkeypatch.chdir(tmp_path)
    bowyer.copy({"category": ["a", "b", "a"], "amount": [120.0, 50.0, 300.5]}, "orders.csv")
    ran = 0
    for page in (ROOT / "docs" / "python.md", ROOT / "README.md"):
        programs = re.findall(r"```python\n(import bowyer\n.*?)```", page.read_text(), re.DOTALL)
        for program in programs:
            for left in ("orders.parquet", "totals.csv", "totals.parquet"):
                pathlib.Path(left).unlink(missing_ok=True)
            exec(compile(program, str(page), "exec"), {})
            ran += 1
    assert ran == 2
