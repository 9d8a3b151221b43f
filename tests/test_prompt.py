"""bowyer sql on a terminal: statements as they are typed, with a history."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from conftest import BOWYER


class Terminal:
    def __init__(self, *args, cwd, env=None):
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [BOWYER, "sql", *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            start_new_session=True,
            env={**os.environ, "XDG_STATE_HOME": str(cwd / "state"), "TERM": "xterm", **(env or {})},
        )
        os.close(theirs)
        self.seen = ""

    def expect(self, pattern, seconds=30):
        """Waits until what is shown from the last match on holds `pattern`."""
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.ours], [], [], max(0, end - time.monotonic()))
            assert ready, f"{pattern!r} did not come; shown: {self.seen!r}"
            try:
                more = os.read(self.ours, 4096)
            except OSError:
                more = b""
            assert more, f"{pattern!r} did not come before the end; shown: {self.seen!r}"
            self.seen += more.decode("utf-8", "replace")
        self.seen = self.seen[match.end() :]
        return match

    def type(self, text):
        os.write(self.ours, text.encode())

    def leave(self):
        return self.end("\x04")

    def end(self, word=""):
        """Waits for the end, and asks for it with `word`: again and again, as the editor takes over the terminal only
        after it has shown its prompt, and what was typed before is lost."""
        end = time.monotonic() + 30
        asked = time.monotonic()
        while self.process.poll() is None and time.monotonic() < end:
            if word and time.monotonic() > asked + 0.5:
                asked = time.monotonic()
                self.type(word)
            # What is shown must be taken, or the terminal keeps the program from ending.
            if select.select([self.ours], [], [], 0.05)[0]:
                try:
                    os.read(self.ours, 4096)
                except OSError:
                    break
        code = self.process.wait(timeout=10)
        os.close(self.ours)
        return code


@pytest.fixture
def terminal(tmp_path):
    (tmp_path / "o.csv").write_text("id,category\n1,books\n2,tools\n3,books\n")
    opened = []

    def start(*args):
        opened.append(Terminal(*args, cwd=tmp_path))
        opened[-1].expect("bowyer> ")
        return opened[-1]

    yield start
    for each in opened:
        each.process.kill()
        each.process.wait()


def test_statements_of_several_lines_and_their_history(terminal):
    first = terminal()
    first.type("select category, count(*) as n\n")
    first.expect(r"\.\.\.> ")
    first.type("from 'o.csv' group by 1 order by 1;\n")
    first.expect(r"category +n")
    first.expect(r"books +2")
    first.expect("2 rows")
    first.expect("bowyer> ")
    assert first.leave() == 0
    second = terminal()
    second.type("\x1b[A")  # up: the whole statement of the session before
    second.expect(r"select category, count\(\*\) as n from 'o\.csv' group by 1 order by 1;")
    second.type("\n")
    second.expect(r"books +2")
    second.expect("bowyer> ")
    second.type(".exit\n")
    assert second.end() == 0


def test_settings_temporary_tables_and_transactions_last(terminal):
    shell = terminal()
    for line in (
        "create temp table t as select 42 as a;",
        "begin; insert into t values (43);",
        "rollback;",
        "set variable v = 7;",
    ):
        shell.type(line + "\n")
        shell.expect("bowyer> ")
    shell.type("select count(*) as n, max(a) as a, getvariable('v') as v from t;\n")
    shell.expect(r"1 +42 +7")
    shell.expect("bowyer> ")
    assert shell.leave() == 0


def test_errors_are_told_and_it_goes_on(terminal):
    shell = terminal()
    shell.type("select nothing from 'o.csv';\n")
    shell.expect("error:.*nothing")
    shell.expect("bowyer> ")
    shell.type("select 'fine' || ';' -- not the end;\n")
    shell.expect(r"\.\.\.> ")
    shell.type(";\n")
    shell.expect("fine;")
    shell.expect("bowyer> ")
    shell.type(".help\n")
    shell.expect("Ctrl-D")
    shell.expect("bowyer> ")
    shell.type(".what\n")
    shell.expect("no command .what")
    shell.expect("bowyer> ")
    assert shell.leave() == 0


def test_ctrl_c_drops_a_line_and_stops_a_query(terminal):
    shell = terminal()
    shell.type("select 1")
    time.sleep(0.3)
    shell.process.send_signal(signal.SIGINT)
    shell.expect("bowyer> ")
    shell.type("select 2 + 3 as five;\n")
    shell.expect(r"\b5\b")
    shell.expect("bowyer> ")
    shell.type("select count(*) from range(100000000000) a, range(1000000);\n")
    time.sleep(1)
    shell.process.send_signal(signal.SIGINT)
    shell.expect("interrupted")
    shell.expect("bowyer> ")
    shell.type("select 4 + 4 as eight;\n")
    shell.expect(r"\b8\b")
    shell.expect("bowyer> ")
    assert shell.leave() == 0
