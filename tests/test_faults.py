"""What can go wrong while files are copied, and what must hold then: all or nothing, and a clear error."""

import gzip
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet
import pytest

from conftest import BOWYER, SANITIZED, leftovers, run

ROWS = 60_000
WRITTEN = ["csv", "csv.gz", "jsonl", "jsonl.zst", "parquet", "arrow", "arrows", "orc"]


def table(rows=ROWS, seed=1):
    numbers = random.Random(seed)
    return pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "amount": pa.array([numbers.randrange(10**6) / 100 for _ in range(rows)], pa.float64()),
            "word": pa.array([f"word {numbers.randrange(1000)}" for _ in range(rows)]),
        }
    )


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """One table as an Arrow file."""
    path = tmp_path_factory.mktemp("source") / "source.arrow"
    pa.feather.write_feather(table(), path, compression="uncompressed", chunksize=10_000)
    return path


@pytest.fixture(scope="session")
def written(source, tmp_path_factory):
    """The same table in every format that Bowyer writes: suffix -> path."""
    folder = tmp_path_factory.mktemp("written")
    paths = {}
    for suffix in WRITTEN:
        paths[suffix] = folder / f"t.{suffix}"
        run("copy", source, paths[suffix], "--row-group-rows", 10_000, check=0)
    return paths


def read(path):
    """Any file that Bowyer can read, as a pyarrow table, through Bowyer itself."""
    result = run("copy", path, "-", check=0)
    return pa.ipc.open_stream(result.stdout).read_all()


def half_of_a_stream():
    """An IPC stream of the table, cut in the middle of a batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table().schema) as writer:
        writer.write_table(table(), max_chunksize=5_000)
    whole = sink.getvalue().to_pybytes()
    return whole[: len(whole) // 2], whole


def start_half(destination, *options):
    """bowyer copy - DESTINATION that has read half of its input and waits for the rest."""
    process = subprocess.Popen(
        [BOWYER, "copy", "-", destination, *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    half, _ = half_of_a_stream()
    process.stdin.write(half)
    process.stdin.flush()
    folder = pathlib.Path(destination).parent
    deadline = time.monotonic() + 20
    while not any(name.endswith(".bowyer-part") for name in leftovers(folder)):
        assert time.monotonic() < deadline, "no temporary file has appeared"
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("suffix", WRITTEN)
def test_killed_half_way_the_old_output_stays_and_the_next_run_cleans_up(suffix, tmp_path):
    destination = tmp_path / f"out.{suffix}"
    destination.write_bytes(b"the old output")
    process = start_half(destination, "--overwrite")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert destination.read_bytes() == b"the old output"
    left = [name for name in leftovers(tmp_path) if name != destination.name]
    assert left and all(re.fullmatch(r"\.out\..*\.bowyer-part", name) for name in left)

    _, whole = half_of_a_stream()
    run("copy", "-", destination, "--overwrite", stdin=whole, check=0)
    assert leftovers(tmp_path) == [destination.name]
    assert read(destination).num_rows == ROWS


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_killed_at_any_moment_the_output_is_old_or_complete(suffix, source, tmp_path):
    destination = tmp_path / f"out.{suffix}"
    whole = tmp_path / f"whole.{suffix}"
    run("copy", source, whole, check=0)
    expected = whole.read_bytes()
    moments = random.Random(5)
    for _ in range(25):
        destination.write_bytes(b"old")
        process = subprocess.Popen([BOWYER, "copy", source, destination, "--overwrite", "--quiet"])
        time.sleep(moments.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert destination.read_bytes() in (b"old", expected)
    run("copy", source, destination, "--overwrite", check=0)
    assert leftovers(tmp_path) == sorted([destination.name, whole.name])


def test_killed_while_a_folder_is_written_nothing_looks_whole(tmp_path):
    destination = tmp_path / "folder"
    process = start_half(f"{destination}/", "--partition-by", "word")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not destination.exists()
    _, whole = half_of_a_stream()
    run("copy", "-", f"{destination}/", "--max-file-rows", 20_000, stdin=whole, check=0)
    assert sorted(os.listdir(tmp_path)) == ["folder"]
    assert read(destination).num_rows == ROWS


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal_it_cleans_up_at_once(number, code, tmp_path):
    destination = tmp_path / "out.parquet"
    process = start_half(destination)
    process.send_signal(number)
    process.stdin.close()
    assert process.wait(timeout=20) == code
    assert leftovers(tmp_path) == []
    assert b"nothing was written" in process.stderr.read()


def test_a_stream_cut_in_the_middle_is_refused(tmp_path):
    half, whole = half_of_a_stream()
    result = run("copy", "-", tmp_path / "out.parquet", stdin=half)
    assert result.code in (4, 7), result
    assert leftovers(tmp_path) == []
    # Cut between two messages, before the end-of-stream marker: a pipe that closed early, not a complete stream.
    result = run("copy", "-", tmp_path / "out.parquet", stdin=whole[:-8])
    assert result.code in (4, 7), result
    assert leftovers(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this test needs the right to mount a small tmpfs")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "arrow", "arrows", "orc"])
def test_a_full_disk_is_named_and_leaves_the_old_output(suffix, source, small_disk, tmp_path):
    big = tmp_path / "big.arrow"
    pa.feather.write_feather(pa.concat_tables([table(seed=seed) for seed in range(4)]), big, compression="uncompressed")
    destination = small_disk / f"out.{suffix}"
    destination.write_bytes(b"old")
    options = ["--compression", "none"] if suffix in ("parquet", "orc") else []
    result = run("copy", big, destination, "--overwrite", *options, check=6)
    assert f"out.{suffix}" in result.stderr and "the disk is full" in result.stderr, result
    assert leftovers(small_disk) == [destination.name]
    assert destination.read_bytes() == b"old"


def test_a_full_disk_under_a_folder_destination(small_disk, source):
    result = run("copy", source, f"{small_disk}/out/", "--max-file-rows", 10_000, "--to", "csv", check=6)
    assert "the disk is full" in result.stderr
    assert leftovers(small_disk) == []


def test_a_closed_pipe_is_an_error(source):
    process = subprocess.Popen([BOWYER, "copy", source, "-", "--to", "csv"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(100)
    process.stdout.close()
    assert process.wait(timeout=20) == 7
    assert b"error:" in process.stderr.read()


BINARY = ["csv.gz", "jsonl.zst", "parquet", "arrow", "orc"]


def refused(path, tmp_path):
    """bowyer copy PATH is refused with a clear error, and leaves nothing."""
    out = tmp_path / "refused" / "out.arrow"
    out.parent.mkdir(exist_ok=True)
    result = run("copy", path, out)
    assert result.code in (3, 4), result
    assert "error:" in result.stderr
    assert leftovers(out.parent) == []
    return result


@pytest.mark.parametrize("suffix", BINARY)
def test_a_truncated_file_is_refused_wherever_it_is_cut(suffix, written, tmp_path):
    whole = written[suffix].read_bytes()
    cuts = {1, 3, 4, 5, 7, 8, 9, 12, len(whole) // 3, len(whole) // 2, len(whole) * 9 // 10}
    cuts |= {len(whole) - back for back in (1, 2, 4, 5, 8, 9, 12, 64, 200)}
    for cut in sorted(cuts):
        path = tmp_path / f"cut.{suffix}"
        path.write_bytes(whole[:cut])
        refused(path, tmp_path)


def test_a_truncated_stream_file_never_gives_wrong_rows(written, tmp_path):
    """Between two messages a cut cannot be told from an end without a marker: rows come with a warning."""
    whole = written["arrows"].read_bytes()
    for cut in range(1, len(whole), len(whole) // 60):
        path = tmp_path / "cut.arrows"
        path.write_bytes(whole[:cut])
        result = run("copy", path, "-")
        if result.code == 0:
            assert "end-of-stream" in result.stderr
            rows = pa.ipc.open_stream(result.stdout).read_all()
            assert rows.equals(table().slice(0, rows.num_rows))
        else:
            assert result.code == 4, result


@pytest.mark.parametrize("suffix", [*BINARY, "arrows", "csv", "jsonl"])
def test_a_flipped_bit_never_crashes(suffix, written, tmp_path):
    whole = bytearray(written[suffix].read_bytes())
    places = random.Random(11)
    ends = [places.randrange(min(400, len(whole))) for _ in range(15)]
    ends += [len(whole) - 1 - places.randrange(min(800, len(whole))) for _ in range(25)]
    for place in ends + [places.randrange(len(whole)) for _ in range(20)]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << places.randrange(8)
        path = tmp_path / f"flipped.{suffix}"
        path.write_bytes(flipped)
        result = run("copy", path, tmp_path / "out.arrow", "--overwrite")
        assert result.code in (0, 3, 4, 6), f"bit {place}: {result!r}"
        if result.code == 0 and suffix in ("csv.gz", "jsonl.zst"):
            # A checksum guards the content; only bytes that mean nothing (a name, a time stamp) may differ.
            assert read(tmp_path / "out.arrow").equals(read(written[suffix])), f"bit {place}"
        (tmp_path / "out.arrow").unlink(missing_ok=True)


def test_a_page_with_a_wrong_checksum_is_refused(written, tmp_path):
    whole = bytearray(written["parquet"].read_bytes())
    whole[len(whole) // 2] ^= 1
    path = tmp_path / "flipped.parquet"
    path.write_bytes(whole)
    refused(path, tmp_path)


def peak_memory(*args, **options):
    """Peak resident bytes of one finished command, as it says itself."""
    import json

    return json.loads(run(*args, "--json", check=0, **options).stdout)["peak_memory"]


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's own memory would be measured")
def test_a_bomb_is_flat_in_memory(tmp_path):
    bomb = tmp_path / "bomb.csv.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as stream:
        stream.write(b"n,m\n")
        for _ in range(100):
            stream.write(b"1,2\n" * 100_000)
    assert bomb.stat().st_size < 200_000
    result = run("copy", bomb, tmp_path / "out.parquet", "--json", check=0, timeout=60)
    assert b'"rows": 10000000' in result.stdout.replace(b'":1', b'": 1')


@pytest.mark.parametrize("suffix, start, end", [("csv", b"a,b\n1,", b"\n2,x\n"), ("jsonl", b'{"a":"', b'"}\n')])
def test_a_huge_field_meets_a_named_limit(suffix, start, end, tmp_path):
    path = tmp_path / f"huge.{suffix}"
    with open(path, "wb") as stream:
        stream.write(start)
        for _ in range(300):
            stream.write(b"x" * 1_000_000)
        stream.write(end)
    result = run("copy", path, tmp_path / "out.arrow", timeout=60)
    assert result.code in (4, 6), result
    assert re.search(r"\d+ (MB|MiB|bytes)|\d+M", result.stderr), result
    assert leftovers(tmp_path) == [path.name]


def test_output_and_input_are_the_same_file(written, tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(written["parquet"].read_bytes())
    before = path.read_bytes()
    os.link(path, tmp_path / "link.parquet")
    for other in (path, tmp_path / "link.parquet"):
        result = run("copy", path, other, "--overwrite")
        assert result.code in (2, 3), result
    assert path.read_bytes() == before


def test_a_symbolic_link_is_not_followed(source, tmp_path):
    target = tmp_path / "target.csv"
    target.write_text("precious")
    (tmp_path / "out.csv").symlink_to(target)
    result = run("copy", source, tmp_path / "out.csv", "--overwrite", check=3)
    assert "symbolic link" in result.stderr
    assert target.read_text() == "precious" and (tmp_path / "out.csv").is_symlink()


def test_destinations_that_are_no_files_are_refused(source, tmp_path):
    os.mkfifo(tmp_path / "fifo.csv")
    result = run("copy", source, tmp_path / "fifo.csv", "--overwrite", check=3)
    assert "FIFO" in result.stderr or "pipe" in result.stderr
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "folder.csv" / "precious.txt").write_text("precious")
    run("copy", source, tmp_path / "folder.csv", "--overwrite", check=3)
    assert leftovers(tmp_path / "folder.csv") == ["precious.txt"]
    run("copy", source, tmp_path / "no" / "such" / "out.csv", check=3)
    run("copy", source, "/proc/out.csv", check=3)


def test_an_existing_destination_needs_a_word(source, tmp_path):
    destination = tmp_path / "out.csv"
    destination.write_text("old")
    result = run("copy", source, destination, check=3)
    assert "--overwrite" in result.stderr and "--append" in result.stderr
    assert destination.read_text() == "old"


def test_two_runs_on_one_destination_the_second_is_refused(tmp_path):
    destination = tmp_path / "out.parquet"
    first = start_half(destination)
    _, whole = half_of_a_stream()
    run("copy", "-", destination, stdin=whole, check=0)
    complete = destination.read_bytes()
    first.stdin.write(whole[len(whole) // 2 :])
    first.stdin.close()
    assert first.wait(timeout=20) == 3
    assert destination.read_bytes() == complete
    assert leftovers(tmp_path) == [destination.name]


def test_names_stay_inside_the_folder(tmp_path):
    names = ["../../x", "/etc/passwd", "$(touch y)", "a\nb", "x" * 200, "Users", "users", "%2e%2e", ".", "..", ""]
    rows = pa.table({"name": names, "n": list(range(len(names)))})
    pa.feather.write_feather(rows, tmp_path / "names.arrow", compression="uncompressed")
    inside = tmp_path / "deep" / "folder"
    inside.parent.mkdir()
    run("copy", tmp_path / "names.arrow", f"{inside}/", "--partition-by", "name", "--to", "parquet", check=0)
    assert sorted(os.listdir(tmp_path)) == ["deep", "names.arrow"]
    assert os.listdir(inside.parent) == ["folder"]
    back = read(inside)
    assert dict(zip(back["name"].to_pylist(), back["n"].to_pylist())) == dict(zip(names, range(len(names))))


EXACT = {
    "csv": "n,big,d\n9007199254740993,170141183460469231731687303715884105727,0.1\n-9223372036854775808,-1,1e22\n",
    "jsonl": '{"n":9007199254740993,"big":170141183460469231731687303715884105727,"d":0.1}\n'
    '{"n":-9223372036854775808,"big":-1,"d":1e22}\n',
}


@pytest.mark.parametrize("suffix", EXACT)
def test_large_numbers_arrive_exactly(suffix, tmp_path):
    path = tmp_path / f"n.{suffix}"
    path.write_text(EXACT[suffix])
    rows = read(path)
    assert rows["n"].to_pylist() == [9007199254740993, -9223372036854775808]
    assert [int(value) for value in rows["big"].to_pylist()] == [170141183460469231731687303715884105727, -1]
    assert rows["d"].to_pylist() == [0.1, 1e22]


@pytest.mark.parametrize(
    "suffix, good, bad",
    [("csv", "1,2\n", "3,x\n"), ("csv", "1,2\n", "3,1.5\n"), ("jsonl", '{"a":1,"b":2}\n', '{"a":3,"b":"x"}\n'),
     ("jsonl", '{"a":1,"b":2}\n', '{"a":3,"b":4,"c":5}\n')],
)
@pytest.mark.parametrize("row", [20_490, 40_000])
def test_a_surprise_after_the_sample_is_an_error_or_set_aside(suffix, good, bad, row, tmp_path):
    path = tmp_path / f"late.{suffix}"
    header = "a,b\n" if suffix == "csv" else ""
    path.write_text(header + good * (row - 1) + bad + good * 100)
    result = run("copy", path, tmp_path / "out.parquet", check=4)
    assert f"{row + bool(header):,}" in result.stderr and "--rejects" in result.stderr, result
    assert leftovers(tmp_path) == [path.name]
    result = run("copy", path, tmp_path / "out.parquet", "--rejects", tmp_path / "bad.csv", check=0)
    assert read(tmp_path / "out.parquet").num_rows == row - 1 + 100
    assert bad.strip().split(",")[-1].strip("}") in (tmp_path / "bad.csv").read_text().replace('""', '"')


def test_budget_too_small_names_the_smallest_that_works(source, tmp_path):
    result = run("copy", source, tmp_path / "out.parquet", "--memory", "1M", check=6)
    smallest = re.search(r"smallest that works is (\d+[KMG]?i?B?)", result.stderr)
    assert smallest, result
    run("copy", source, tmp_path / "out.parquet", "--memory", smallest.group(1), check=0)


def test_a_destination_that_is_a_hard_link_to_a_source_is_refused(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.csv").write_text("a\n1\n")
    os.link(tmp_path / "d" / "a.csv", tmp_path / "b.csv")
    result = run("copy", "d", "b.csv", "--overwrite", cwd=tmp_path, check=2)
    assert "the same file as the source" in result.stderr
    with open(tmp_path / "b.csv", "rb") as stdin:
        result = subprocess.run(
            [BOWYER, "copy", "-", "b.csv", "--from", "csv", "--overwrite"],
            stdin=stdin, cwd=tmp_path, capture_output=True,
        )
    assert result.returncode == 2 and b"the same file" in result.stderr
    with open(tmp_path / "b.csv", "ab") as stdout:
        result = subprocess.run(
            [BOWYER, "copy", "d", "-", "--to", "csv"], stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path
        )
    assert result.returncode == 2 and b"the same file" in result.stderr
    assert (tmp_path / "b.csv").read_text() == "a\n1\n"


def test_a_run_that_fails_at_its_end_leaves_no_rejects(tmp_path):
    """The destination's name is taken while rows are still coming."""
    process = subprocess.Popen(
        [BOWYER, "copy", "-", "d.csv", "--from", "csv", "--type", "a=int64", "--rejects", "bad.csv"],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
    )
    process.stdin.write(b"a,b\n1,x\nno,y\n2,z\n")
    process.stdin.flush()
    deadline = time.monotonic() + 10
    while not any(name.endswith(".bowyer-part") for name in leftovers(tmp_path)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (tmp_path / "d.csv").write_text("somebody else's")
    process.stdin.close()
    process.stdin = None
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 3, stderr
    assert leftovers(tmp_path) == ["d.csv"]
    assert (tmp_path / "d.csv").read_text() == "somebody else's"


def test_dictionaries_of_a_piped_file_are_read_or_asked_for(tmp_path):
    """They stand behind the batches of a file that Bowyer wrote."""
    (tmp_path / "s.csv").write_text("a\nx\ny\n")
    typed = ["--type", "a=dictionary<int8,text>", "-q"]
    run("copy", "s.csv", "d.arrow", *typed, cwd=tmp_path, check=0)
    run("copy", "s.csv", "d.arrows", *typed, cwd=tmp_path, check=0)
    result = run("copy", "-", "-", "--from", "arrow", "--to", "csv",
                 stdin=(tmp_path / "d.arrow").read_bytes(), cwd=tmp_path, check=4)
    assert "name the file itself, or write a stream (--to arrows)" in result.stderr
    result = run("copy", "-", "-", "--from", "arrow", "--to", "csv",
                 stdin=(tmp_path / "d.arrows").read_bytes(), cwd=tmp_path, check=0)
    assert result.stdout == b"a\nx\ny\n"


@pytest.mark.parametrize("kind", ["list view", "dense union", "runs", "int64"])
def test_a_batch_that_is_read_whole_names_the_budget_that_works(tmp_path, kind):
    count = 1_500_000
    numbers = random.Random(1)
    values = pa.array([numbers.getrandbits(40) for _ in range(count)])
    if kind == "list view":
        offsets = pa.array(range(0, count, 3), pa.int32())
        column = pa.ListViewArray.from_arrays(offsets, pa.array([3] * len(offsets), pa.int32()), values)
    elif kind == "dense union":
        column = pa.UnionArray.from_dense(
            pa.array([0] * count, pa.int8()), pa.array(range(count), pa.int32()), [values, pa.array([0.5])]
        )
    elif kind == "runs":
        column = pa.RunEndEncodedArray.from_arrays(pa.array(range(1, count + 1), pa.int32()), values)
    else:
        column = values
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(tmp_path / "t.arrow", pa.schema([("v", column.type)]), options=options) as writer:
        writer.write_batch(pa.record_batch([column], ["v"]))
    result = run("copy", "t.arrow", "o.arrow", "--memory", "16M", cwd=tmp_path, check=6)
    assert "can only be read as a whole" in result.stderr
    needed = re.search(r"try --memory (\d+M)", result.stderr)[1]
    run("copy", "t.arrow", "o.arrow", "--memory", needed, cwd=tmp_path, check=0)


def test_metadata_of_single_batches_is_not_dropped_on_the_quiet(tmp_path):
    batch = pa.record_batch([pa.array([1])], ["a"])
    with pa.ipc.new_file(tmp_path / "t.arrow", batch.schema) as writer:
        writer.write_batch(batch, custom_metadata={"k": "v"})
    result = run("copy", "t.arrow", "o.arrow", cwd=tmp_path, check=0)
    assert "metadata of their own, which is not copied" in result.stderr
