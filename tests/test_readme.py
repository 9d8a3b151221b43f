"""The README's commands run, as a new user would type them."""

import os
import pathlib
import re
import sqlite3
import subprocess

import pytest

from conftest import BOWYER, ROOT, SANITIZED

pytestmark = pytest.mark.skipif(SANITIZED, reason="built with the release preset")


def console_blocks():
    """The commands of the README's ```console blocks, block by block."""
    blocks = re.findall(r"```console\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [[line[2:] for line in block.splitlines() if line.startswith("$ ")] for block in blocks]


def test_the_examples_of_the_readme_run(tmp_path):
    subprocess.run(
        [ROOT / "build" / "release" / "bin" / "examples" / "generate_shop", "200000", tmp_path / "orders.csv"],
        check=True,
        capture_output=True,
    )
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table users (user_id integer primary key, name text not null)")
        connection.executemany("insert into users values (?, ?)", [(i, f"user {i}") for i in range(1000)])
    connection.close()
    path = f"{pathlib.Path(BOWYER).parent}:{os.environ['PATH']}"
    ran = 0
    for block in console_blocks():
        for command in block:
            if command.startswith(("./dev", "git", "cd ")):
                continue
            done = subprocess.run(
                ["bash", "-c", f"set -o pipefail; {command}"],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                env={**os.environ, "PATH": path},
                timeout=60,
            )
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            ran += 1
    assert ran >= 5
