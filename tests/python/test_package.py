"""The package itself: stubs tell what the module has, pip installs it, its documentation runs."""

import ast
import importlib
import os
import pathlib
import subprocess
import sys
import types

import bowyer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "bindings" / "python"


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
    there = {name for name, value in vars(bowyer).items() if not isinstance(value, types.ModuleType)}
    assert set(bowyer.__all__) == public(there)


def checked(*arguments, cwd):
    """What the type checker says."""
    call = [sys.executable, "-m", "mypy", "--cache-dir", "/dev/null", "--config-file", PACKAGE / "pyproject.toml", *arguments]
    return subprocess.run(call, capture_output=True, text=True, cwd=cwd).stdout


def test_a_type_checker_finds_nothing_in_the_package():
    assert "no issues found" in checked("-p", "bowyer", cwd=PACKAGE)


def test_a_type_checker_knows_what_calls_take_and_give(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import bowyer\n"
        "rows: int = bowyer.copy('a.csv', 'a.parquet', if_exists='overwrite').rows\n"
        "frame: bowyer.LazyFrame = bowyer.scan('a.parquet').filter(bowyer.col('a') > 1)\n"
        "for batch in bowyer.read('a.parquet').fetch_batches(10): rows += batch.num_rows\n"
        "bowyer.copy('a.csv', 'a.parquet', limit='ten')\n"
        "bowyer.scan('a.csv').colect()\n"
        "with bowyer.Channel('a') as channel: channel.putt({})\n"
    )
    said = checked(program, cwd=PACKAGE)
    assert [line.split(":")[1] for line in said.splitlines() if ": error:" in line] == ["5", "6", "7"], said
    assert 'has no attribute "colect"; maybe "collect"?' in said


def test_pip_installs_it(tmp_path):
    """As `pip install ./bindings/python` does, without a network: build tools and dependencies are those at hand, and
    what ./dev has compiled is not compiled again."""
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index",
         "--disable-pip-version-check", f"-Cbuild-dir={ROOT}/build/python", "--target", site, PACKAGE],
        check=True,
        timeout=170,
        env={**os.environ, "CMAKE_PREFIX_PATH": str(ROOT / "build" / "python" / "library")},
    )  # fmt: skip
    code = "import bowyer; print(bowyer.__file__, bowyer.sql('select 6 * 7 as answer').to_pylist())"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.stdout == f"{site}/bowyer/__init__.py [{{'answer': 42}}]\n", done.stderr
    assert list(site.glob("bowyer-*.dist-info"))


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
