"""What the end-to-end tests share: the command under test, the corpus, and how to run one on the other."""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from postgres import postgres, postgres_server  # noqa: F401 (fixtures)

ROOT = pathlib.Path(__file__).resolve().parent.parent
BOWYER = os.environ.get("BOWYER", str(ROOT / "build" / "bowyer"))
CORPUS = pathlib.Path(os.environ.get("BOWYER_CORPUS", ROOT.parent / "shared" / "corpus"))
# A sanitizer build maps terabytes of shadow memory, is slower, and says so itself when it is at fault.
SANITIZED = os.environ.get("BOWYER_SANITIZED") == "1"
SLOWER = 6 if SANITIZED else 1


class Run:
    """One finished command. `signal` is set when it died of one, or a sanitizer spoke up."""

    def __init__(self, process):
        self.code = process.returncode
        self.stdout = process.stdout
        self.stderr = process.stderr.decode("utf-8", "replace")
        self.signal = -self.code if self.code < 0 else 0
        self.sanitizer = "Sanitizer" in self.stderr or "runtime error:" in self.stderr

    def __repr__(self):
        return f"exit code {self.code}\n{self.stderr[-3000:]}"


def run(*args, stdin=None, cwd=None, timeout=30, memory_gib=1, env=None, check=None):
    """Runs bowyer ARGS with an address-space limit and a time limit; checks that it died of nothing.

    check: the exit code that is expected, if one is.
    """
    limit = None
    if not SANITIZED and memory_gib:
        # Threads' stacks and the allocators' reservations, one for each of gRPC's threads, are address space, not memory:
        # allow for them.
        reserved = 3 if any("grpc" in str(arg) for arg in args) else 1
        size = int((memory_gib + reserved) * (1 << 30))
        limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size))
    process = subprocess.run(
        [BOWYER, *map(str, args)],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        cwd=cwd,
        timeout=timeout * SLOWER,
        preexec_fn=limit,
        env={**os.environ, **(env or {})},
    )
    result = Run(process)
    assert result.signal == 0 and not result.sanitizer, f"bowyer {args}: {result!r}"
    assert result.code != 1, f"a fault of Bowyer's own: bowyer {args}: {result!r}"
    if check is not None:
        assert result.code == check, f"bowyer {args}: {result!r}"
    return result


def start(*args, env=None):
    """Starts bowyer ARGS, to run beside others until `end` waits for it."""
    return subprocess.Popen(
        [BOWYER, *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )


def end(process, timeout=30):
    """(exit code, standard output, standard error)"""
    try:
        out, error = process.communicate(timeout=timeout * SLOWER)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    error = error.decode()
    assert "Sanitizer" not in error and "runtime error:" not in error, error
    assert process.returncode != 1, error
    return process.returncode, out, error


def wait_until(condition, seconds=10):
    limit = time.monotonic() + seconds * SLOWER
    while not condition():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.005)


def catches(process, number):
    """Has a process come so far that it does something about this signal?"""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"SigCgt:\s*(\w+)", status)[1], 16) >> (number - 1) & 1


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def cut_short(*args, when, cut=signal.SIGKILL, feed=None, target=None, cwd=None):
    """Starts bowyer ARGS, and once `when(lines)` of what it has said on standard error so far is true, sends it the
    signal `cut`, or calls that. Gives its exit code and its lines.

    feed: blocks for its standard input, without end: it cannot be through before it is cut.
    target: what shows under its name only when all is done. A run that was faster is taken back and tried again.
    """
    for _ in range(10):
        process = subprocess.Popen(
            [BOWYER, *map(str, args)],
            stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=cwd,
        )
        lines = []

        def listen():
            for line in process.stderr:
                lines.append(line.decode("utf-8", "replace").rstrip("\n"))

        def write():
            with contextlib.suppress(BrokenPipeError):
                for block in feed():
                    process.stdin.write(block)

        helpers = [threading.Thread(target=each) for each in ([listen, write] if feed else [listen])]
        for helper in helpers:
            helper.start()
        deadline = time.monotonic() + (180 if SANITIZED else 30)
        while process.poll() is None and not when(lines):
            if time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"bowyer {args}: the moment to cut it short never came: {lines}")
            time.sleep(0.002)
        assert process.poll() in (None, 0), f"bowyer {args} ended by itself: {lines}"
        cut(process) if callable(cut) else process.send_signal(cut)
        process.wait(60)
        for helper in helpers:
            helper.join()
        if feed:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        process.stderr.close()
        assert not any("Sanitizer" in line or "runtime error:" in line for line in lines), lines
        if process.returncode != 0 and (target is None or not target.exists()):
            return process.returncode, lines
        assert target is not None and target.exists(), f"bowyer {args} was through before it was cut short: {lines}"
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    raise AssertionError(f"bowyer {args} was always faster than what was to cut it short")


def chunks_committed(lines):
    """The chunks that a migration run with -vv has said to be committed: (table, number)."""
    said = [line.split(": chunk ") for line in lines if " is committed, " in line]
    return [(table, int(rest.split()[0])) for table, rest in said]


def expected():
    """expected.json's files: path -> facts; empty when the corpus is not there."""
    path = CORPUS / "expected.json"
    return json.loads(path.read_text())["files"] if path.exists() else {}


def corpus_files(folder, *words):
    """The corpus files of a folder whose expectation word is one of `words`, as pytest parameters."""
    names = [
        name
        for name, facts in expected().items()
        if name.startswith(folder + "/") and facts["expect"] in words
    ]
    return [pytest.param(name, id=name.split("/", 1)[1]) for name in sorted(names)]


def leftovers(folder):
    """Every file below a folder, for tests that none is left."""
    return sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*"))


def pytest_report_header(config):
    if not expected():
        return f"CORPUS NOT FOUND at {CORPUS}: its tests do not run"
    return f"corpus: {CORPUS}"


def pytest_terminal_summary(terminalreporter):
    if not expected():
        terminalreporter.write_line(f"CORPUS NOT FOUND at {CORPUS}: its tests did not run", red=True, bold=True)
