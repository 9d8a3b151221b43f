"""One suite that every connector runs: empty, null, every type, nested, wide, long, odd names, chosen rows, killed half-way.

A table goes into a connector and comes out of it again, by the command alone, and is compared with what went in.
"""

import contextlib
import datetime
import decimal
import json
import random
import signal
import subprocess
import tempfile

import pyarrow as pa
import pyarrow.compute
import pytest

from conftest import BOWYER, end, free_port, run, start
from test_text_roundtrip import columns, same

FILES = ["csv", "jsonl", "parquet", "arrow", "arrows", "feather", "orc"]
DATABASES = ["sqlite", "duckdb", "postgresql"]
LIVE = ["shm", "unix", "tcp"]  # where a writer and a reader have to be there together
CONNECTORS = [*FILES, *DATABASES, "grpc", *LIVE]


class Connector:
    def __init__(self, name, location):
        self.name = name
        self.location = location

    def pass_on(self, source, out, write=(), read=()):
        """source -> here -> out: the command that failed first, or None."""
        if self.name not in LIVE:
            for args in (("copy", source, self.location, *write), ("copy", self.location, out, *read)):
                done = run(*args)
                if done.code != 0:
                    return done
            return None
        reader = start("copy", self.location, out, *read)
        done = run("copy", source, self.location, *write)
        if done.code != 0:
            reader.kill()
            reader.communicate()
            return done
        code, _, error = end(reader)
        assert code == 0, error
        return None

    def through(self, table, tmp_path, write=(), read=()):
        """What becomes of a table, or the command that refused it."""
        with pa.ipc.new_file(str(tmp_path / "in.arrow"), table.schema) as writer:
            writer.write_table(table)
        failed = self.pass_on(tmp_path / "in.arrow", tmp_path / "out.arrow", write, read)
        return failed or pa.ipc.open_file(str(tmp_path / "out.arrow")).read_all()


@pytest.fixture(params=CONNECTORS)
def connector(request, tmp_path):
    name = request.param
    with contextlib.ExitStack() as stack:
        if name == "postgresql":
            location = request.getfixturevalue("postgres").uri("t")
        elif name in ("sqlite", "duckdb"):
            location = f"{name}:{tmp_path}/t.{name}#t"
        elif name == "grpc":
            server = start("serve", f"t={tmp_path / 'served.arrow'}", "--allow-put", "--bind", "127.0.0.1:0")
            stack.callback(lambda: (server.send_signal(signal.SIGINT), server.communicate()))
            location = server.stdout.readline().decode().strip()
            assert location.startswith("grpc://"), server.communicate()
        elif name == "shm":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bowyer-"))
            request.getfixturevalue("monkeypatch").setenv("XDG_RUNTIME_DIR", folder)
            location = "shm:t"
        elif name == "unix":
            location = f"unix:{tmp_path / 'socket'}"
        elif name == "tcp":
            location = f"tcp://127.0.0.1:{free_port()}"
        else:
            location = str(tmp_path / f"t.{name}")
        yield Connector(name, location)


def many_types():
    """name -> (array, the type that text is to be read as, where it would not be found out)."""
    found = {name: (array.slice(0, 500), type) for name, (array, type) in columns().items()}
    found["fixed"] = (pa.array([b"abcd", None], pa.binary(4)), "binary")
    day = datetime.date(2026, 11, 22)
    others = {
        "none": pa.nulls(3),
        "all_null": pa.nulls(3, pa.int32()),
        "u8": pa.array([0, 255, None], pa.uint8()),
        "half": pa.array([0.5, -65504.0, None], pa.float16()),
        "large_text": pa.array(["a", "", None], pa.large_string()),
        "text_view": pa.array(["a", "longer than twelve bytes", None], pa.string_view()),
        "kind": pa.array(["a", "b", None, "a"]).dictionary_encode(),
        "at_zone": pa.array([0, 1_700_000_000, None], pa.timestamp("s", "Europe/Berlin")),
        "months": pa.array([(1, 2, 3000), None], pa.month_day_nano_interval()),
        "list": pa.array([[1, None], [], None], pa.list_(pa.int64())),
        "texts": pa.array([['a"b', None, "ü\n"], None], pa.list_(pa.string())),
        "pair": pa.array([[1.5, 2.5], None], pa.list_(pa.float64(), 2)),
        "struct": pa.array([{"x": 1, "y": "a"}, {"x": None, "y": None}, None]),
        "deep": pa.array([[{"at": [day]}, {"at": None}], None, []]),
        "map": pa.array([[("a", 1), ("b", None)], None], pa.map_(pa.string(), pa.int64())),
    }
    return {**found, **{name: (array, None) for name, array in others.items()}}


TYPES = many_types()

# What a connector has no place for, and says so. All else arrives.
REFUSED = {
    "parquet": {"months"},
    "orc": {"dec256", "time", "at", "at_utc", "span", "none", "months"},
    "sqlite": {"special"},  # -0.0 would become 0
    "duckdb": {"dec256", "span", "half"},
    "postgresql": {"at_ns", "at_utc", "span", "struct", "deep", "map"},
}
# What arrives as text, in place of the type.
SPELLED = {"months": ["P1M2DT0.000003000S", None]}


def plain(value):
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return {"key": plain(value[0]), "value": plain(value[1])}  # of a map
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value if isinstance(value, (int, float, type(None), str)) else str(value)


def equal(name, put, got):
    """The same values, under the type that the connector has for them."""
    if got.type != put.type and pa.types.is_string(got.type) and name in SPELLED:
        return got.to_pylist() == SPELLED[name]
    if pa.types.is_nested(put.type):
        found = got.to_pylist()
        return plain(put.to_pylist()) == plain([value and json.loads(value) for value in found] if pa.types.is_string(got.type) else found)
    if pa.types.is_null(put.type):
        return got.null_count == len(got) == len(put)
    if pa.types.is_dictionary(put.type):
        put = put.dictionary_decode()
    if pa.types.is_decimal(put.type) and pa.types.is_string(got.type):
        got = pa.array([None if value is None else decimal.Decimal(value) for value in got.to_pylist()], put.type)
    elif got.type != put.type:
        got = got.cast(put.type)
    return same(put, got) if pa.types.is_floating(put.type) and put.type != pa.float16() else put.equals(got)


@pytest.mark.parametrize("name", TYPES)
def test_a_type_arrives_exactly_or_is_refused(connector, name, tmp_path):
    array, word = TYPES[name]
    read = ("--type", f"{name}={word}") if word and connector.name in ("csv", "jsonl") else ()
    got = connector.through(pa.table({"id": range(len(array)), name: array}), tmp_path, read=read)
    if name in REFUSED.get(connector.name, ()):
        assert not isinstance(got, pa.Table) and got.code == 4 and (name in got.stderr or connector.name == "orc"), got
    else:
        assert isinstance(got, pa.Table), got
        assert got["id"].to_pylist() == list(range(len(array)))
        if word and connector.name == "sqlite" and pa.types.is_string(got[name].type):
            # The text is Bowyer's own spelling, which its readers of text know.
            run("copy", tmp_path / "out.arrow", tmp_path / "out.csv", check=0)
            run("copy", tmp_path / "out.csv", tmp_path / "again.arrow", "--type", f"{name}={word}", check=0)
            got = pa.ipc.open_file(str(tmp_path / "again.arrow")).read_all()
        assert equal(name, array, got[name].combine_chunks()), (array, got[name])


def test_a_table_without_rows_keeps_its_columns(connector, tmp_path):
    got = connector.through(pa.table({"id": pa.array([], pa.int64()), "word": pa.array([], pa.string())}), tmp_path)
    assert isinstance(got, pa.Table), got
    assert got.num_rows == 0 and got.schema.names == (["id", "word"] if connector.name != "jsonl" else ["value"])


def test_a_wide_table(connector, tmp_path):
    table = pa.table({f"column {i}": [i, None, -i] for i in range(400)})
    got = connector.through(table, tmp_path)
    assert isinstance(got, pa.Table), got
    assert got.to_pydict() == table.to_pydict()


def test_a_long_table_keeps_its_order(connector, tmp_path):
    numbers = random.Random(5)
    words = [None if i % 11 == 0 else f"{numbers.randrange(10**9)}" + "x" * (i % 40) for i in range(300_000)]
    table = pa.table({"id": range(300_000), "word": words})
    got = connector.through(table, tmp_path, read=("--type", "word=text") if connector.name in ("csv", "jsonl") else ())
    assert isinstance(got, pa.Table), got
    assert got["id"].to_pylist() == table["id"].to_pylist() and got["word"].to_pylist() == words


def test_odd_names_arrive(connector, tmp_path):
    table = pa.table({name: [1, 2] for name in ("select", "two words", 'quo"te', "it's", "comma,", "é", "a.b", "line\nend")})
    got = connector.through(table, tmp_path)
    assert isinstance(got, pa.Table), got
    assert got.to_pydict() == table.to_pydict()


def test_columns_and_rows_are_chosen(connector, tmp_path):
    table = pa.table({"id": range(1000), "kind": [f"k{i % 7}" for i in range(1000)], "other": [None] * 999 + [1]})
    read = ("--select", "kind,id as number", "--where", "id >= 10 and kind = 'k3'", "--limit", "5")
    got = connector.through(table, tmp_path, read=read)
    assert isinstance(got, pa.Table), got
    assert got.to_pydict() == {"kind": ["k3"] * 5, "number": [10, 17, 24, 31, 38]}


def test_it_can_be_inspected(connector, tmp_path):
    table = pa.table({"id": range(1000), "word": ["w"] * 1000})
    with pa.ipc.new_file(str(tmp_path / "in.arrow"), table.schema) as sink:
        sink.write_table(table)
    copy = ("copy", tmp_path / "in.arrow", connector.location)
    writer = start(*copy) if connector.name in LIVE else run(*copy, check=0)
    told = json.loads(run("inspect", connector.location, "--json", check=0).stdout)
    if connector.name in LIVE:
        writer.kill()
        writer.communicate()
    assert [column["name"] for column in told["columns"]] == ["id", "word"]
    assert told.get("rows") in (1000, None)


def stream_of(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=10_000)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("how", ["killed", "source ends early", "source is bad"])
def test_half_a_table_never_looks_whole(connector, how, tmp_path):
    whole = pa.table({"id": pa.array(range(300_000)), "word": pa.array(["w"] * 300_000)})
    stream = stream_of(whole)
    half = stream[: len(stream) // 2]
    out = tmp_path / "out.arrow"
    reader = start("copy", connector.location, out) if connector.name in LIVE else None
    there = connector.location + ("?connect" if reader else "")  # waits for the reader
    writer = subprocess.Popen(
        [BOWYER, "copy", "-", there, "--from", "arrows"], stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writer.stdin.write(half)  # more than a pipe holds: it is at work
    writer.stdin.flush()
    if how == "killed":
        writer.kill()
    elif how == "source is bad":
        with contextlib.suppress(BrokenPipeError):
            writer.stdin.write(b"\xfe" * 4096)
    with contextlib.suppress(BrokenPipeError):
        writer.stdin.close()
    writer.stdin = None
    error = writer.communicate(timeout=60)[1].decode()
    assert writer.returncode in ((-signal.SIGKILL,) if how == "killed" else (4, 7)), error
    if reader is not None:
        assert end(reader)[0] == 7
    else:
        assert run("copy", connector.location, out).code == 3
    assert not out.exists()
    # And nothing is in the way of the next run.
    got = connector.through(whole, tmp_path)
    assert isinstance(got, pa.Table), got
    assert got.num_rows == whole.num_rows
