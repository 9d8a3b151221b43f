"""The installed tree: moved elsewhere, a program outside the repository builds and runs with it."""

import os
import shutil
import subprocess

import pytest

from conftest import ROOT, SANITIZED

PROGRAM = r"""
#include <iostream>
#include <bowyer/bowyer.h>

int main(int, char** argv) {
  auto context = bowyer::Context::Make().ValueOrDie();
  auto location = bowyer::Location::Parse(argv[1]).ValueOrDie();
  auto reader = bowyer::OpenReader(context, {location}).ValueOrDie();
  int64_t rows = 0;
  for (auto batch : *reader) rows += batch.ValueOrDie()->num_rows();
  std::cout << rows << " rows\n";
}
"""

CMAKE = """
cmake_minimum_required(VERSION 3.25)
project(Outside CXX)
find_package(Bowyer REQUIRED)
add_executable(outside outside.cc)
target_link_libraries(outside Bowyer::bowyer)
"""


@pytest.mark.skipif(SANITIZED, reason="the release build is what gets installed")
def test_a_moved_tree_serves_a_program_outside(tmp_path):
    subprocess.run(
        ["cmake", "--install", ROOT / "build" / "release", "--prefix", tmp_path / "first"], check=True, capture_output=True
    )
    prefix = tmp_path / "moved"
    shutil.move(tmp_path / "first", prefix)
    project = tmp_path / "project"
    project.mkdir()
    (project / "outside.cc").write_text(PROGRAM)
    (project / "CMakeLists.txt").write_text(CMAKE)
    build = project / "build"
    # Nothing of the repository's own environment may help.
    clean = {name: value for name, value in os.environ.items() if name not in ("LD_LIBRARY_PATH", "CMAKE_PREFIX_PATH")}
    for command in (
        ["cmake", "-S", project, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}"],
        ["cmake", "--build", build],
    ):
        done = subprocess.run(command, capture_output=True, text=True, env=clean)
        assert done.returncode == 0, done.stdout + done.stderr
    csv = tmp_path / "t.csv"
    csv.write_text("a,b\n1,x\n2,y\n")
    done = subprocess.run([build / "outside", csv], capture_output=True, text=True, check=True, env=clean)
    assert done.stdout == "2 rows\n"
    done = subprocess.run([prefix / "bin" / "bowyer", "copy", csv, tmp_path / "t.parquet"], env=clean)
    assert done.returncode == 0
