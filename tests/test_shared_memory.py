"""Channels through shared memory: several commands at shm:NAME, in any order, any number, killed at any moment."""

import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from conftest import BOWYER, SANITIZED, SLOWER, end, leftovers, run, start, wait_until
from test_channels import large, parquet, table  # noqa: F401 (fixtures)

@pytest.fixture(autouse=True)
def names():
    """A folder for names of its own (with a short path, as sockets want it), which has to be empty in the end."""
    folder = tempfile.mkdtemp(prefix="bowyer-")
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = folder
    yield pathlib.Path(folder) / "bowyer"
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before
    left = leftovers(pathlib.Path(folder) / "bowyer")
    shutil.rmtree(folder)
    assert left == []


def channels():
    return json.loads(run("channels", "--json", check=0).stdout)["channels"]


def channel_when(condition):
    """The facts of the one channel, once they are as `condition` wants."""
    found = []

    def look():
        found[:] = channels()
        return len(found) == 1 and found[0]["state"] == "open" and condition(found[0])

    wait_until(look)
    return found[0]


def roles(facts, role):
    return [peer for peer in facts["peers"] if peer["role"] == role and not peer["ended"]]


@pytest.mark.parametrize("first", ["writer", "reader"])
def test_two_commands_meet_in_either_order(parquet, first, tmp_path):
    commands = {
        "writer": ("copy", parquet, "shm:orders"),
        "reader": ("copy", "shm:orders", tmp_path / "out.parquet"),
    }
    one = start(*commands[first])
    channel_when(lambda facts: True)
    other = start(*commands["reader" if first == "writer" else "writer"])
    for process in (one, other):
        code, _, error = end(process)
        assert code == 0, error
    assert pa.parquet.read_table(tmp_path / "out.parquet").equals(pa.parquet.read_table(parquet))
    assert leftovers(tmp_path) == ["out.parquet"]
    assert channels() == []


@pytest.mark.parametrize("order", ["writers", "readers", "mixed"])
def test_three_writers_and_three_readers(parquet, order, tmp_path):
    query = "select count(*) as n, sum(id) as s from 'shm:orders?producers=3&consumers=3'"
    writers = [("copy", parquet, "shm:orders?producers=3&consumers=3")] * 3
    readers = [("sql", query, "--json")] * 3
    commands = {"writers": writers + readers, "readers": readers + writers,
                "mixed": [command for pair in zip(writers, readers) for command in pair]}[order]
    results = [end(process) + (process,) for process in [start(*command) for command in commands]]
    assert [code for code, *_ in results] == [0] * 6, results
    counts = [json.loads(out) for _, out, _, process in results if process.args[1] == "sql"]
    rows = [each["rows"][0] if isinstance(each, dict) else each[0] for each in counts]
    assert sum(row["n"] for row in rows) == 150_000
    assert sum(int(row["s"] or 0) for row in rows) == 3 * 50_000 * 49_999 // 2


def test_a_broadcast_gives_all_to_each(parquet, tmp_path):
    at = "shm:orders?mode=broadcast&consumers=3"
    readers = [start("copy", at, tmp_path / f"{i}.parquet") for i in range(3)]
    assert end(start("copy", parquet, at))[0] == 0
    for i, reader in enumerate(readers):
        code, _, error = end(reader)
        assert code == 0, error
        assert pa.parquet.read_table(tmp_path / f"{i}.parquet").equals(pa.parquet.read_table(parquet))


def test_sql_writes_into_a_channel(parquet):
    query = start("sql", f"select id % 2 as odd, count(*) as n from '{parquet}' group by 1 order by 1", "-o", "shm:a")
    last = start("copy", "shm:a", "-", "--to", "csv", "-q")
    assert end(query)[0] == 0
    assert end(last)[1] == b"odd,n\n0,25000\n1,25000\n"


def test_dictionaries_go_through(tmp_path):
    data = table(10_000)
    path, out = tmp_path / "in.arrow", tmp_path / "out.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, data.schema) as writer:
        writer.write_table(data)
    writer, reader = start("copy", path, "shm:d"), start("copy", "shm:d", out)
    assert end(writer)[0] == 0 and end(reader)[0] == 0
    assert pa.ipc.open_file(out).read_all().to_pylist() == data.to_pylist()


def test_inspect_takes_nothing_away(parquet, tmp_path):
    writer = start("copy", parquet, "shm:orders")
    result = run("inspect", "shm:orders", check=0)
    assert "amount" in result.stdout.decode()
    assert "those who consume them" in run("inspect", "shm:orders", "--head", "3", check=2).stderr
    reader = start("copy", "shm:orders", tmp_path / "out.parquet")
    assert end(writer)[0] == 0 and end(reader)[0] == 0
    assert pa.parquet.read_table(tmp_path / "out.parquet").num_rows == 50_000
    assert "nobody opened the channel" in run("inspect", "shm:orders?timeout=200ms", check=6).stderr


def test_schemas_and_options_have_to_agree(parquet, large):
    writer = start("copy", large, "shm:orders")
    channel_when(lambda facts: facts["batches"] > 0)
    assert "the schema is not the one" in run("copy", parquet, "shm:orders", check=4).stderr
    assert "opened with mode = share" in run("copy", large, "shm:orders?mode=broadcast", check=2).stderr
    assert "is for what stays" in run("copy", parquet, "shm:orders", "--overwrite", check=2).stderr
    writer.send_signal(signal.SIGINT)
    assert end(writer)[0] == 130


def test_what_is_open_can_be_seen(large, tmp_path):
    writer = start("copy", large, "shm:orders?bytes=8M&batches=16")
    facts = channel_when(lambda facts: any(peer["waiting"] for peer in facts["peers"]))
    assert facts["name"] == "orders" and facts["pid"] == writer.pid
    assert 0 < facts["bytes_used"] <= facts["bytes_kept"] <= 8 << 20
    assert facts["batches_queued"] > 0 and roles(facts, "consumer") == []
    text = run("channels", check=0).stdout.decode()
    assert "shm:orders" in text and "1 producer waiting" in text
    writer.kill()
    writer.communicate()
    assert [(facts["name"], facts["state"]) for facts in channels()] == [("orders", "stale")]
    assert channels() == []


def killed(process):
    process.kill()
    process.communicate()


@pytest.mark.parametrize("turn", range(3 if SANITIZED else 6))
@pytest.mark.parametrize("opener", ["writer", "reader"])
def test_a_killed_writer_leaves_no_table(large, opener, turn, tmp_path):
    out = tmp_path / "out.arrow"
    commands = {"writer": ("copy", large, "shm:a"), "reader": ("copy", "shm:a", out)}
    first = start(*commands[opener])
    channel_when(lambda facts: True)
    second = start(*commands["reader" if opener == "writer" else "writer"])
    writer, reader = (first, second) if opener == "writer" else (second, first)
    wait_until(lambda: list(tmp_path.glob(".out.arrow*")) or reader.poll() is not None)
    time.sleep(random.uniform(0, 0.15))
    killed(writer)
    code, _, error = end(reader)
    if code == 7:
        assert "not the whole table" in error
        assert leftovers(tmp_path) == []
    else:  # it was through, or killed behind its last word
        assert code == 0, error
        assert pa.ipc.open_file(out).read_all().equals(pa.ipc.open_file(large).read_all())


@pytest.mark.parametrize("turn", range(2 if SANITIZED else 4))
@pytest.mark.parametrize("opener", ["writer", "reader"])
def test_a_killed_reader_is_an_error_of_all_others(large, opener, turn, tmp_path):
    at = "shm:a?consumers=2"
    writer_command = ("copy", large, at)
    reader_commands = [("copy", at, tmp_path / f"{i}.arrow") for i in range(2)]
    if opener == "writer":
        writer = start(*writer_command)
        channel_when(lambda facts: True)
        readers = [start(*command) for command in reader_commands]
    else:
        readers = [start(reader_commands[0][0], *reader_commands[0][1:])]
        channel_when(lambda facts: True)
        readers.append(start(*reader_commands[1]))
        writer = start(*writer_command)
    wait_until(lambda: len(list(tmp_path.glob(".*.arrow*"))) == 2 or any(p.poll() is not None for p in readers))
    time.sleep(random.uniform(0, 0.1))
    killed(readers[0])
    results = [end(process) for process in (writer, readers[1])]
    codes = [code for code, *_ in results]
    assert codes in ([7, 7], [0, 0]), results
    if codes == [7, 7]:
        assert not (tmp_path / "1.arrow").exists()


def test_a_killed_readers_batches_go_to_another(large, tmp_path):
    """Whoever dies having processed nothing takes nothing along."""
    at = "shm:a?on-consumer-death=redeliver&batches=16"
    writer = start("copy", large, at)
    channel_when(lambda facts: True)
    first = start("copy", at, "-", "-q", "--to", "csv")  # its pipe is full before a batch is through
    channel_when(lambda facts: any(peer["leases_held"] for peer in roles(facts, "consumer")))
    assert first.stdout.read(10)
    killed(first)
    code, out, error = end(start("sql", f"select count(*) as n from '{at}'", "-q"))
    assert code == 0, error
    assert out == b"n\n8000000\n"
    assert end(writer)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_waiting(parquet, number):
    for command in (("copy", parquet, "shm:a"), ("copy", "shm:a", "-")):
        process = start(*command)
        channel_when(lambda facts: True)
        process.send_signal(number)
        assert end(process, 5)[0] == 128 + number
        assert channels() == []


def test_a_limit_is_told_to_the_writer(large):
    writer = start("copy", large, "shm:a")
    result = run("sql", "select c0 from 'shm:a' limit 3", "--json", check=0)
    assert result.stdout
    code, _, error = end(writer)
    assert code == 7 and "before the end" in error


def peak_memory(process):
    """Of its own and of what it shares, in bytes."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


@pytest.mark.skipif(SANITIZED, reason="a sanitizer takes memory of its own")
def test_a_slow_reader_costs_no_memory(large):
    writer = start("copy", large, "shm:a?bytes=16M", "--memory", "64M")
    channel_when(lambda facts: True)
    reader = start("copy", "shm:a", "-", "-q", "--to", "arrows", "--memory", "64M")
    taken = 0
    while taken < 64 << 20:
        got = len(os.read(reader.stdout.fileno(), 1 << 20))
        assert got > 0
        taken += got
        time.sleep(0.005)
    facts = channel_when(lambda facts: True)
    assert facts["bytes_kept"] <= 16 << 20
    peaks = [peak_memory(process) for process in (writer, reader)]
    assert all(0 < peak < 200 << 20 for peak in peaks), peaks
    while os.read(reader.stdout.fileno(), 1 << 20):
        pass
    assert end(writer)[0] == 0 and end(reader)[0] == 0


@pytest.mark.skipif(SANITIZED, reason="a sanitizer has descriptors of its own")
def test_descriptors_stay_few(large):
    writer = start("copy", large, "shm:a?bytes=16M&on-consumer-death=redeliver")
    channel_when(lambda facts: True)
    counts = []
    for _ in range(8):
        reader = start("copy", "shm:a", "-", "-q", "--to", "csv")
        channel_when(lambda facts: any(peer["leases_held"] for peer in roles(facts, "consumer")))
        killed(reader)
        channel_when(lambda facts: not facts["peers"] or not roles(facts, "consumer"))
        counts.append(len(list(pathlib.Path(f"/proc/{writer.pid}/fd").iterdir())))
    assert max(counts[2:]) <= counts[1] + 4, counts
    killed(writer)
    assert channels()[0]["state"] == "stale"


def as_somebody_else(path):
    """What a process of another user gets from the socket: an error's name, or the bytes that come."""
    there, back = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
                connection.settimeout(10)
                connection.connect(str(path))
                answer = repr(connection.recv(100)).encode()
        except OSError as error:
            answer = type(error).__name__.encode()
        os.write(back, answer)
        os._exit(0)
    os.close(back)
    os.waitpid(child, 0)
    with os.fdopen(there, "rb") as pipe:
        return pipe.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_cannot_connect(parquet, names):
    writer = start("copy", parquet, "shm:a")
    channel_when(lambda facts: True)
    assert names.stat().st_mode & 0o777 == 0o700
    assert (names / "a").stat().st_mode & 0o777 == 0o600
    assert as_somebody_else(names / "a") == b"PermissionError"
    # Nor where all that the modes forbid is allowed.
    for path, mode in ((names.parent, 0o755), (names, 0o755), (names / "a", 0o666)):
        path.chmod(mode)
    assert as_somebody_else(names / "a") in (b"b''", b"ConnectionResetError")
    assert "is open to other users" in run("copy", parquet, "shm:a", check=3).stderr
    names.chmod(0o700)
    assert len(channels()) == 1
    writer.send_signal(signal.SIGINT)
    assert end(writer)[0] == 130


PEER = pathlib.Path(BOWYER).resolve().parent / "channel_run"
needs_peer = pytest.mark.skipif(not PEER.exists(), reason="bench/channel_run.cc is not built")


def peer(*words):
    return subprocess.Popen(
        [PEER, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def logged(path):
    """Complete lines: a process that is killed may leave half of one."""
    text = path.read_text() if path.exists() else ""
    return [int(line) for line in text[: text.rfind("\n") + 1].splitlines()]


@needs_peer
@pytest.mark.parametrize("turn", range(2 if SANITIZED else 6))
def test_batches_of_killed_consumers_are_processed_all_the_same(turn, tmp_path):
    """Three producers, three consumers of which two are killed and replaced: what was published is what was processed."""
    at = "shm:a?bytes=4M&batches=32&producers=3&on-consumer-death=redeliver"
    batches, rows = 3000, 500
    # Opens the channel, and lives on.
    producers = [peer("produce", at, batches, rows, 0)]
    channel_when(lambda facts: True)
    producers += [peer("produce", at, batches, rows, i * batches * rows) for i in (1, 2)]
    consumers = [peer("log", at, tmp_path / f"{i}") for i in range(3)]
    for i in range(2):
        wait_until(lambda: len(logged(tmp_path / f"{i}")) > random.randrange(200) or consumers[i].poll() is not None)
        if consumers[i].poll() is None:
            killed(consumers[i])
        consumers.append(peer("log", at, tmp_path / f"{i + 3}"))
    for process in producers + consumers[2:]:
        code, _, error = end(process)
        # A replacement may come when all is done.
        assert code == 0 or (code in (6, 7) and process in consumers[3:]), error
    seen = [first for i in range(5) for first in logged(tmp_path / f"{i}")]
    assert set(seen) == {i * rows for i in range(3 * batches)}
    # Twice at most what the dead had written down and not said: the batch at which they were killed.
    assert len(seen) - len(set(seen)) <= 2


@needs_peer
@pytest.mark.parametrize("turn", range(2 if SANITIZED else 4))
def test_one_killed_producer_of_three_fails_the_channel(turn):
    at = "shm:a?bytes=4M&producers=3&consumers=2"
    consumers = [peer("consume", at) for _ in range(2)]
    channel_when(lambda facts: len(roles(facts, "consumer")) == 2)
    producers = [peer("produce", at, 100_000, 500, i) for i in range(3)]
    channel_when(lambda facts: facts["batches"] > random.randrange(2000))
    killed(producers[1])
    for process in (producers[0], producers[2], *consumers):
        code, _, error = end(process)
        assert code == 7 and "died before its end" in error, error


@needs_peer
def test_a_stopped_consumer_is_waited_for_and_then_left(tmp_path):
    producer = peer("produce", "shm:a?bytes=4M&stall=1s", 10_000_000, 5000)
    channel_when(lambda facts: True)
    consumer = peer("consume", "shm:a")
    channel_when(lambda facts: facts["batches"] > 10)
    consumer.send_signal(signal.SIGSTOP)
    try:
        code, _, error = end(producer)
    finally:
        consumer.send_signal(signal.SIGCONT)
    assert code == 6 and "took nothing" in error, error
    code, _, error = end(consumer)
    assert code == 7, error
