"""The end-to-end cases of tests/cases/*.toml: a command, its input files, what it says and leaves.

A case is a [[case]] table with
  name      what is shown, in words
  run       the command line without `bowyer`, as a shell would read it
  files     name -> content, made before; `before`: command lines that make more (must succeed)
  stdin     what standard input holds
  env       name -> value
  code      exit code (0)
  stdout    all of standard output; stdout_has, stderr_has: phrases; stderr_lacks
  leaves    name -> content of text files afterwards
  lists     all names in the folder afterwards, without those of `files`
  then      command lines that are run afterwards, each with the output that is expected
"""

import pathlib
import re
import shlex
import tomllib

import pytest

from conftest import leftovers, run

CASES = pathlib.Path(__file__).resolve().parent / "cases"


def cases():
    for path in sorted(CASES.glob("*.toml")):
        for case in tomllib.loads(path.read_text())["case"]:
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


KEYS = set(
    "name run files before stdin env code stdout stdout_has stderr_has stderr_lacks leaves lists then".split()
)


@pytest.mark.parametrize("case", list(cases()))
def test_case(case, tmp_path):
    assert set(case) <= KEYS, f"unknown keys: {set(case) - KEYS}"
    for name, content in case.get("files", {}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode())
    for line in case.get("before", []):
        run(*shlex.split(line), cwd=tmp_path, check=0)
    known = set(leftovers(tmp_path))

    stdin = case["stdin"].encode() if "stdin" in case else None
    result = run(*shlex.split(case["run"]), cwd=tmp_path, stdin=stdin, env=case.get("env"))
    stdout = result.stdout.decode("utf-8", "backslashreplace")
    assert result.code == case.get("code", 0), repr(result)
    if "stdout" in case:
        assert stdout == case["stdout"]
    for phrase in case.get("stdout_has", []):
        assert phrase in stdout, stdout
    for phrase in case.get("stderr_has", []):
        assert phrase in result.stderr, result.stderr
    for phrase in case.get("stderr_lacks", []):
        assert phrase not in result.stderr, result.stderr
    for name, content in case.get("leaves", {}).items():
        assert (tmp_path / name).read_bytes().decode("utf-8", "backslashreplace") == content
    if "lists" in case:
        assert sorted(set(leftovers(tmp_path)) - known) == sorted(case["lists"])
    for line, expected in case.get("then", {}).items():
        after = run(*shlex.split(line), cwd=tmp_path, check=0)
        assert after.stdout.decode() == expected, line
