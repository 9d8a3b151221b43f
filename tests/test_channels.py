"""Tables between processes: two commands, or a command and pyarrow, at the two ends of a socket."""

import os
import pathlib
import random
import signal
import socket
import stat
import subprocess
import threading
import time

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from conftest import SANITIZED, SLOWER, end, free_port, leftovers, run, start, wait_until

def table(rows=50_000, seed=1):
    numbers = random.Random(seed)
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "amount": pa.array([numbers.randrange(10**6) / 100 for _ in range(rows)]),
            "word": pa.array([None if i % 7 == 0 else f"word {i % 1000}" for i in range(rows)]),
            "kind": pa.array([f"kind {i % 5}" for i in range(rows)]).dictionary_encode(),
        }
    )


@pytest.fixture(scope="session")
def parquet(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "source.parquet"
    pa.parquet.write_table(table().drop(["kind"]), path)
    return path


@pytest.fixture(scope="session")
def large(tmp_path_factory):
    """Some hundred megabytes that do not compress, so that they outlast any buffer of a socket."""
    path = tmp_path_factory.mktemp("large") / "large.arrow"
    rows = 1_000_000
    columns = [pa.py_buffer(os.urandom(8 * rows)) for _ in range(4)]
    batch = pa.record_batch({f"c{i}": pa.Array.from_buffers(pa.int64(), rows, [None, bytes_])
                             for i, bytes_ in enumerate(columns)})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        for _ in range(8):
            writer.write_batch(batch)
    return path


@pytest.fixture(params=["unix", "tcp"])
def address(request, tmp_path):
    """A place to meet, of either kind."""
    if request.param == "unix":
        return f"unix:{tmp_path / 'socket'}"
    return f"tcp://127.0.0.1:{free_port()}"


def connect(address, seconds=10):
    """A foreign process's end: connects to who listens at `address`."""
    limit = time.monotonic() + seconds * SLOWER
    while True:
        kind, _, rest = address.partition(":")
        try:
            if kind == "unix":
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(rest)
                return connection
            host, port = rest[2:].split(":")
            return socket.create_connection((host, int(port)))
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.monotonic() < limit
            time.sleep(0.01)


def listen(address):
    kind, _, rest = address.partition(":")
    if kind == "unix":
        server = socket.socket(socket.AF_UNIX)
        server.bind(rest)
        server.listen(1)
        return server
    host, port = rest[2:].split(":")
    return socket.create_server((host, int(port)))


def stream_of(data, rows=10_000):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data, max_chunksize=rows)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("first", ["writer", "reader"])
def test_two_commands_meet_in_either_order(parquet, address, first, tmp_path):
    commands = {
        "writer": ("copy", parquet, address),
        "reader": ("copy", address, tmp_path / "out.parquet"),
    }
    one = start(*commands[first])
    time.sleep(0.3)
    other = start(*commands["reader" if first == "writer" else "writer"])
    for process in (one, other):
        code, _, error = end(process)
        assert code == 0, error
    assert pa.parquet.read_table(tmp_path / "out.parquet").equals(pa.parquet.read_table(parquet))
    assert leftovers(tmp_path) == ["out.parquet"]


def test_sql_reads_and_writes_sockets(parquet, tmp_path):
    """A chain of three commands over two sockets."""
    a, b = f"unix:{tmp_path / 'a'}", f"unix:{tmp_path / 'b'}"
    last = start("copy", b, "-", "--to", "csv", "-q")
    query = start("sql", f"select id % 2 as odd, count(*) as n from '{a}' group by 1 order by 1", "-o", b)
    first = start("copy", parquet, a, "--compression", "zstd")
    results = [end(process) for process in (first, query, last)]
    assert [code for code, _, _ in results] == [0, 0, 0], results
    assert results[2][1] == b"odd,n\n0,25000\n1,25000\n"


def test_inspect_shows_what_comes(parquet, tmp_path):
    at = f"unix:{tmp_path / 'socket'}"
    writer = start("copy", parquet, at)
    result = run("inspect", at, check=0)
    assert "Arrow IPC stream" in result.stdout.decode() and "amount" in result.stdout.decode()
    assert end(writer)[0] in (0, 7)


@pytest.mark.parametrize("listens", ["bowyer", "pyarrow"])
def test_pyarrow_reads_what_bowyer_writes(parquet, address, listens):
    server = listen(address) if listens == "pyarrow" else None
    writer = start("copy", parquet, address)
    connection = server.accept()[0] if server else connect(address)
    with connection, connection.makefile("rb") as stream, pa.ipc.open_stream(stream) as reader:
        got = reader.read_all()
    assert got.equals(pa.parquet.read_table(parquet))
    code, _, error = end(writer)
    assert code == 0, error


@pytest.mark.parametrize("listens", ["bowyer", "pyarrow"])
@pytest.mark.parametrize("rows", [0, 50_000])
def test_bowyer_reads_what_pyarrow_writes(address, listens, rows, tmp_path):
    data = table(rows)
    server = listen(address) if listens == "pyarrow" else None
    reader = start("copy", address, tmp_path / "out.arrow")
    connection = server.accept()[0] if server else connect(address)
    with connection, connection.makefile("wb") as stream, pa.ipc.new_stream(stream, data.schema) as writer:
        writer.write_table(data, max_chunksize=7_000)
    code, _, error = end(reader)
    assert code == 0, error
    with pa.ipc.open_file(tmp_path / "out.arrow") as file:
        assert file.read_all().to_pylist() == data.to_pylist()


def test_an_empty_table_goes_through_to_pyarrow(tmp_path):
    empty = tmp_path / "empty.arrow"
    schema = table(1).schema
    with pa.OSFile(str(empty), "wb") as sink, pa.ipc.new_file(sink, schema):
        pass
    writer = start("copy", empty, f"unix:{tmp_path / 'socket'}")
    with connect(f"unix:{tmp_path / 'socket'}") as connection, connection.makefile("rb") as stream:
        got = pa.ipc.open_stream(stream).read_all()
    assert got.num_rows == 0 and got.schema == schema
    assert end(writer)[0] == 0


def test_a_foreign_writer_that_waits_for_the_reader_to_close(address, tmp_path):
    """It keeps its socket open behind the end: the reader must not wait for more."""
    reader = start("copy", address, tmp_path / "out.arrow")
    with connect(address) as connection:
        connection.sendall(stream_of(table()))
        connection.settimeout(20)
        assert connection.recv(1) == b""
        assert end(reader)[0] == 0


@pytest.mark.parametrize("part", ["nothing", "schema", "batch", "marker"])
def test_a_foreign_stream_without_its_end_is_an_error(address, part, tmp_path):
    whole = stream_of(table())
    cut = {"nothing": 0, "schema": 100, "batch": len(whole) // 2, "marker": len(whole) - 8}[part]
    reader = start("copy", address, tmp_path / "out.parquet")
    with connect(address) as connection:
        connection.sendall(whole[:cut])
    code, _, error = end(reader)
    assert code == 7, error
    assert "closed the connection" in error or "was cut before the end" in error
    assert leftovers(tmp_path) == []


def test_a_foreign_reader_that_leaves_early_is_an_error(large, address):
    writer = start("copy", large, address)
    with connect(address) as connection:
        assert len(connection.recv(1000)) > 0
    code, _, error = end(writer)
    assert code == 7, error
    assert "closed the connection before it had read everything" in error
    assert "what was sent is incomplete" in error


def test_a_limit_is_told_to_the_writer(large, tmp_path):
    at = f"unix:{tmp_path / 'socket'}"
    writer = start("copy", large, at)
    result = run("sql", f"select c0 from '{at}' limit 3", "--json", check=0)
    assert result.stdout
    assert end(writer)[0] == 7


def meet(large, address, out):
    """A writer and a reader that have found each other, some moments later."""
    reader, writer = start("copy", address, out), start("copy", large, address)
    wait_until(lambda: list(out.parent.glob(".out.arrow*")) or reader.poll() is not None)
    time.sleep(random.uniform(0, 0.2))
    return writer, reader


@pytest.mark.parametrize("turn", range(3 if SANITIZED else 6))
def test_a_killed_writer_leaves_no_table(large, address, tmp_path, turn):
    out = tmp_path / "out.arrow"
    writer, reader = meet(large, address, out)
    writer.kill()
    writer.communicate()
    code, _, error = end(reader)
    if writer.returncode == 0:  # it was done
        assert code == 0, error
        return
    assert code in (0, 7), error
    if code == 7:
        assert "the connection was cut before the end" in error
        assert leftovers(tmp_path) == []
    else:  # killed behind its last byte
        assert pa.ipc.open_file(out).read_all().equals(pa.ipc.open_file(large).read_all())


@pytest.mark.parametrize("turn", range(3 if SANITIZED else 6))
def test_a_killed_reader_is_an_error_of_the_writer(large, address, tmp_path, turn):
    writer, reader = meet(large, address, tmp_path / "out.arrow")
    reader.kill()
    reader.communicate()
    code, _, error = end(writer)
    # A reader that dies behind the last byte has taken the stream.
    assert code == 7 or code == 0, error
    if code == 7:
        assert "before it had read everything" in error


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes memory of its own")
def test_a_slow_reader_costs_the_writer_no_memory(large, address):
    writer = start("copy", large, address, "--memory", "64M")
    peak = 0
    with connect(address) as connection:
        left = 60
        while connection.recv(1 << 20) and left > 0:
            left -= 1
            time.sleep(0.01)
        for line in pathlib.Path(f"/proc/{writer.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                peak = int(line.split()[1]) * 1024
        while connection.recv(1 << 20):
            pass
    assert end(writer)[0] == 0
    assert 0 < peak < 200 << 20  # of 256 MB


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes memory of its own")
def test_a_stopped_peer_is_left_after_its_time(large, tmp_path):
    at = f"unix:{tmp_path / 'socket'}"
    reader = start("copy", at, tmp_path / "out.arrow")
    writer = start("copy", large, f"{at}?stall=1s")
    wait_until(lambda: not (tmp_path / "socket").exists() and any(tmp_path.glob(".out*")))
    reader.send_signal(signal.SIGSTOP)
    try:
        code, _, error = end(writer)
    finally:
        reader.kill()
        reader.communicate()
    assert (code == 6 and "took nothing for 1 s" in error) or code == 0


def test_one_alone_gives_up_and_cleans_up(parquet, tmp_path):
    at = f"unix:{tmp_path / 'socket'}?timeout=300ms"
    for args in (("copy", parquet, at), ("copy", at, tmp_path / "out.csv"), ("inspect", at),
                 ("sql", f"from '{at}'")):
        result = run(*args, check=6)
        assert "nobody connected within 0.3 s" in result.stderr
        assert "?timeout=5m" in result.stderr
        assert leftovers(tmp_path) == []
    result = run("copy", parquet, at + "&connect", check=6)
    assert "nobody listened there within 0.3 s" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting(parquet, number, tmp_path):
    writer = start("copy", parquet, f"unix:{tmp_path / 'socket'}")
    wait_until(lambda: (tmp_path / "socket").exists())
    assert stat.S_IMODE((tmp_path / "socket").stat().st_mode) == 0o600
    writer.send_signal(number)
    assert end(writer, 5)[0] == 128 + number
    assert leftovers(tmp_path) == []


def test_a_signal_ends_a_transfer(large, address):
    writer = start("copy", large, address)
    with connect(address) as connection:
        connection.recv(1000)
        writer.send_signal(signal.SIGINT)
        assert end(writer, 5)[0] == 130


def test_the_socket_of_a_dead_process_is_no_obstacle(parquet, tmp_path):
    at = f"unix:{tmp_path / 'socket'}"
    dead = start("copy", parquet, at)
    wait_until(lambda: (tmp_path / "socket").exists())
    dead.kill()
    dead.communicate()
    assert (tmp_path / "socket").exists()
    writer, reader = start("copy", parquet, at), start("copy", at, tmp_path / "out.parquet")
    assert end(writer)[0] == 0 and end(reader)[0] == 0
    assert leftovers(tmp_path) == ["out.parquet"]


def test_a_file_of_that_name_is_left_alone(parquet, tmp_path):
    (tmp_path / "socket").write_text("precious")
    result = run("copy", parquet, f"unix:{tmp_path / 'socket'}", check=3)
    assert "is no socket" in result.stderr
    assert (tmp_path / "socket").read_text() == "precious"


def test_two_writers_find_out(parquet, address):
    one, other = start("copy", parquet, address), start("copy", parquet, address)
    for process in (one, other):
        code, _, error = end(process)
        assert code == 7, error
        assert "sends a table, too" in error or "closed the connection" in error


def test_two_readers_find_out(address, tmp_path):
    address += "?timeout=3s"
    readers = [start("copy", address, tmp_path / f"{i}.csv") for i in range(2)]
    for reader in readers:
        code, _, error = end(reader)
        assert code in (6, 7), error
        assert any(words in error for words in ("sent nothing within 3 s", "before it sent any", "nobody connected"))


@pytest.mark.parametrize("at,phrase", [
    ("tcp://example.org:5555", "there is no TLS yet"),
    ("tcp://192.168.0.1:5555", "ssh -L 5555:localhost:5555"),
    ("tcp://localhost", "a port from 1 to 65535"),
    ("unix:" + "x" * 200, "can have 107 bytes"),
    ("unix:x?wait=1", "no option \"wait\""),
])
def test_what_is_no_address_is_told(parquet, at, phrase, tmp_path):
    for args in (("copy", parquet, at), ("copy", at, tmp_path / "out.csv")):
        result = run(*args, check=2)
        assert phrase in result.stderr
    assert leftovers(tmp_path) == []


def test_what_is_no_stream_is_refused_at_once(address, tmp_path):
    for what in (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\xff\xff\xff\xff\xff\xff\xff\x7f" + b"x" * 100,
                 os.urandom(4096)):
        reader = start("copy", address, tmp_path / "out.csv")
        with connect(address) as connection:
            try:
                connection.sendall(what)
            except (BrokenPipeError, ConnectionResetError):
                pass
        code, _, error = end(reader, 10)
        assert code in (4, 7), error
        assert leftovers(tmp_path) == []


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes memory of its own")
def test_a_claimed_size_takes_no_memory(address, tmp_path):
    """A message that claims 2 GB and sends none of them."""
    stream = stream_of(pa.table({"a": pa.array(range(1000))}), 1000)
    at = stream.rindex((8000).to_bytes(8, "little"))  # the length of the body, or of a buffer
    lying = stream.replace((8000).to_bytes(8, "little"), (2 << 30).to_bytes(8, "little"))
    assert at > 0 and lying != stream
    reader = start("copy", address, tmp_path / "out.csv")
    with connect(address) as connection:
        connection.sendall(lying)
        connection.shutdown(socket.SHUT_WR)
        code, _, error = end(reader, 10)
    assert code in (4, 6, 7), error
