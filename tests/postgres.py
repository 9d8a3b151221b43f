"""A PostgreSQL server of our own for the tests: unprivileged, on a free port, in a folder that goes with it."""

import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid

import pytest

BIN = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
BIN = BIN[-1] if BIN else None


def unprivileged():
    """How to start a program as somebody who is not root: initdb refuses root."""
    if os.getuid() != 0:
        return [], None
    for name in ["postgres", "nobody"]:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"], user
    raise LookupError("neither postgres nor nobody is a user here, and PostgreSQL refuses root")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self):
        self.as_user, self.user = unprivileged()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bowyer-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.process = None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.command("initdb", "-D", self.data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        self.start()
        # Dumps grant to whoever they come from.
        self.command("psql", "-h", self.folder, "-p", self.port, "-U", "tester", "-d", "postgres", "-c", "create role postgres superuser")

    def command(self, program, *args):
        ours = BIN / program
        command = [*self.as_user, str(ours if ours.exists() else program), *map(str, args)]
        subprocess.run(command, check=True, capture_output=True, cwd="/")

    def start(self):
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "full_page_writes": "off",
            "shared_buffers": "64MB",
            "max_connections": 60,
            "max_prepared_transactions": 0,
        }
        options = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
        # Ends with us, however we end.
        mortal = ["setpriv", "--pdeathsig", "QUIT", *self.as_user[1:]] if self.as_user else ["setpriv", "--pdeathsig", "QUIT", "--"]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*mortal, str(BIN / "postgres"), "-D", str(self.data), *options], stdout=log, stderr=log, cwd="/"
            )
        for _ in range(300):
            if subprocess.run([BIN / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]).returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError((self.folder / "log").read_text())

    def stop(self, how="QUIT"):
        """QUIT: at once, without a checkpoint."""
        if self.process is None:
            return
        # setpriv became the server itself.
        self.process.send_signal({"QUIT": 3, "INT": 2, "KILL": 9}[how])
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Database:
    """One database of the server, for one test."""

    def __init__(self, server):
        self.server = server
        self.name = "t" + uuid.uuid4().hex[:12]
        self.psql(f"create database {self.name}", database="postgres")

    def uri(self, table=None, port=None, **options):
        options = "&".join(f"{name}={value}" for name, value in options.items())
        return (
            f"postgresql://tester@127.0.0.1:{port or self.server.port}/{self.name}"
            + ("?" + options if options else "")
            + (f"#{table}" if table else "")
        )

    def psql(self, sql=None, file=None, database=None, stop=True):
        """Runs statements; gives what they print, unaligned. Of a transaction, all or nothing."""
        command = [BIN / "psql", "-X", "-q", "-A", "-t", "-h", self.server.folder, "-p", str(self.server.port)]
        command += ["-U", "tester", "-d", database or self.name, "-v", f"ON_ERROR_STOP={int(stop)}"]
        command += ["-f", str(file)] if file else ["-c", sql]
        env = {**os.environ, "PGOPTIONS": "-c client_min_messages=error"}
        done = subprocess.run(command, capture_output=True, env=env)
        assert done.returncode == 0 or not stop, done.stderr.decode()
        return done.stdout.decode().rstrip("\n")

    def rows(self, sql):
        text = self.psql(sql)
        return [tuple(line.split("|")) for line in text.split("\n")] if text else []

    def drop(self):
        self.psql(f"drop database if exists {self.name} with (force)", database="postgres")


@pytest.fixture(scope="session")
def postgres_server():
    """One server for a session (of each worker of xdist)."""
    assert BIN is not None, "PostgreSQL's server is not installed: ./dev build installs it"
    server = Server()
    yield server
    server.remove()


@pytest.fixture
def postgres(postgres_server):
    database = Database(postgres_server)
    yield database
    database.drop()
