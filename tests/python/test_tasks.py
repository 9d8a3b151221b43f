"""copy, read, inspect, migrate: options, reports, and errors by their kind."""

import io
import json
import sqlite3

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bowyer


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "orders.csv").write_text("id,category,amount\n" + "".join(f"{i},{'ab'[i % 2]},{i}.5\n" for i in range(1000)))
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table users (id integer primary key, name text not null)")
        connection.executemany("insert into users values (?, ?)", [(i, f"user {i}") for i in range(500)])
        connection.execute("create table visits (user integer references users(id), day text)")
        connection.executemany("insert into visits values (?, ?)", [(i % 500, "2026-01-01") for i in range(2000)])
    connection.close()
    return tmp_path


def test_copy_writes_what_was_chosen(shop):
    report = bowyer.copy(
        shop / "orders.csv",
        shop / "out.parquet",
        select=["id as number", "amount"],
        where="category = 'a' and amount < 100",
        sort="amount desc",
        limit=10,
        compression="zstd",
    )
    assert report.rows == 10 and report.bytes_written > 0 and "10 rows" in str(report)
    table = pq.read_table(shop / "out.parquet")
    assert table.column_names == ["number", "amount"] and table["number"].to_pylist()[:2] == [98, 96]
    assert pq.ParquetFile(shop / "out.parquet").metadata.row_group(0).column(0).compression == "ZSTD"


def test_copy_reads_and_writes_as_told(shop):
    (shop / "german.csv").write_text("a;b\n1,5;x\n2,5;\n")
    done = bowyer.copy(
        shop / "german.csv",
        shop / "out.csv",
        read={"delimiter": ";", "decimal_comma": True, "types": {"a": "decimal(5,2)"}},
        delimiter="|",
        null="NULL",
    )
    assert done.rows == 2
    assert (shop / "out.csv").read_text() == "a|b\n1.50|x\n2.50|NULL\n"
    both = bowyer.read([shop / "german.csv", shop / "german.csv"], delimiter=";", decimal_comma=True)
    assert both.to_arrow()["a"].to_pylist() == [1.5, 2.5, 1.5, 2.5]


def test_rows_are_set_aside(shop):
    (shop / "bad.csv").write_text("a\n" + "1\n" * 30_000 + "x\n")
    with pytest.raises(bowyer.DataError) as caught:
        bowyer.copy(shop / "bad.csv", shop / "out.parquet")
    error = caught.value
    assert error.column == "a" and error.line == 30_002 and error.location.endswith("bad.csv")
    assert error.code == 4 and isinstance(error, ValueError)
    assert "rejects=" in error.hint and "--" not in str(error)
    assert not (shop / "out.parquet").exists()
    report = bowyer.copy(shop / "bad.csv", shop / "out.parquet", rejects=shop / "rejects.csv")
    assert (report.rows, report.rows_rejected) == (30_000, 1)
    assert "30002" in (shop / "rejects.csv").read_text()


def test_errors_by_kind(shop):
    with pytest.raises(bowyer.NotFound) as caught:
        bowyer.copy(shop / "nothing.csv", shop / "out.parquet")
    assert isinstance(caught.value, (FileNotFoundError, OSError)) and "nothing.csv" in str(caught.value)
    assert caught.value.location.endswith("nothing.csv")
    with pytest.raises(FileNotFoundError):
        bowyer.read(f"sqlite:{shop}/missing.db#t")
    with pytest.raises(bowyer.UsageError, match='did you mean "amount"'):
        bowyer.copy(shop / "orders.csv", shop / "out.parquet", select="amonut")
    with pytest.raises(bowyer.AlreadyExists):
        bowyer.copy(shop / "orders.csv", shop / "shop.db", format="csv")
    with pytest.raises(bowyer.UsageError):
        bowyer.copy(shop / "orders.csv", "nowhere:x")
    with pytest.raises(bowyer.ResourceError) as caught:
        bowyer.copy(shop / "orders.csv", shop / "out.parquet", memory="1M")
    assert isinstance(caught.value, MemoryError)
    (shop / "cut.parquet").write_bytes(b"PAR1 this is no parquet file")
    with pytest.raises(bowyer.DataError):
        bowyer.scan(shop / "cut.parquet")
    with pytest.raises(TypeError, match="no_such"):
        bowyer.copy(shop / "orders.csv", shop / "out.parquet", no_such=1)
    with pytest.raises(ValueError, match="if_exists"):
        bowyer.copy(shop / "orders.csv", shop / "out.parquet", if_exists="replace")
    with pytest.raises(TypeError, match="row_group_rows"):
        bowyer.copy(shop / "orders.csv", shop / "out.parquet", row_group_rows="many")
    assert issubclass(bowyer.PeerError, ConnectionError)


def test_passwords_are_not_told():
    with pytest.raises(bowyer.Unavailable) as caught:
        bowyer.read("postgresql://me:s3cret@localhost:1/db#t")
    assert "s3cret" not in str(caught.value) and "s3cret" not in repr(caught.value.__dict__)


def test_inspect_tells_without_reading(shop):
    bowyer.copy(shop / "orders.csv", shop / "orders.parquet", row_group_rows=250)
    facts = bowyer.inspect(shop / "orders.parquet", head=3)
    assert facts.rows == 1000 and facts.unit_name == "row group" and len(facts.units) == 4
    assert facts.format.startswith("Parquet") and facts.sample.num_rows == 3
    amount = {column.name: column for column in facts.columns}["amount"]
    assert (amount.null_count, amount.min, amount.max) == (0, "0.5", "999.5")
    assert "row groups" in facts._repr_html_()
    assert bowyer.inspect(shop / "orders.parquet", unit=2).first_row == 500
    with pytest.raises(bowyer.UsageError):
        bowyer.inspect(shop / "orders.parquet", unit=4)
    assert bowyer.inspect(shop / "orders.csv", delimiter=",").facts
    assert [table["name"] for table in bowyer.list_tables(f"sqlite:{shop}/shop.db")] == ["users", "visits"]


def test_memory_mapped_reading_allocates_next_to_nothing(tmp_path):
    table = pa.table({"i": pa.array(range(1_000_000), pa.int64())})
    bowyer.copy(table, tmp_path / "big.arrow", compression="none")
    facts = bowyer.inspect(tmp_path / "big.arrow", head=5)
    assert facts.memory_mapped and facts.bytes_allocated < 100_000
    pool = pa.default_memory_pool()
    before = pool.bytes_allocated()
    assert bowyer.read(tmp_path / "big.arrow", memory_map=True, limit=1).to_arrow().num_rows == 1
    assert pool.bytes_allocated() - before < 10_000_000


def test_migrate_reports(shop):
    planned = bowyer.migrate(f"sqlite:{shop}/shop.db", f"duckdb:{shop}/new.duckdb", plan_only=True)
    assert planned.plan_only and not (shop / "new.duckdb").exists()
    report = bowyer.migrate(f"sqlite:{shop}/shop.db", f"duckdb:{shop}/new.duckdb", jobs=2, verify="full")
    assert report.rows == 2500 and {table["source"] for table in report.tables} == {"users", "visits"}
    assert "2 tables" in repr(report) and "<html" in report.to_html().lower() and "iframe" in report._repr_html_()
    report.save(shop / "report.json")
    assert json.loads((shop / "report.json").read_text()) == report.as_dict
    assert bowyer.sql(f"select count(*) as n from 'duckdb:{shop}/new.duckdb#visits'").to_pylist() == [{"n": 2000}]
    with pytest.raises(AttributeError, match="it has"):
        report.nothing
    with pytest.raises(bowyer.AlreadyExists) as caught:
        bowyer.migrate(f"sqlite:{shop}/shop.db", f"duckdb:{shop}/new.duckdb")
    assert caught.value.report.rows == 0
    with pytest.raises(bowyer.UsageError, match="users"):
        bowyer.migrate(f"sqlite:{shop}/shop.db", f"duckdb:{shop}/other.duckdb", tables="user")
    one = bowyer.migrate(f"sqlite:{shop}/shop.db", f"parquet:{shop}/folder", tables=["users"])
    assert one.rows == 500


def test_progress_is_told_to_a_function(tmp_path):
    seen = []
    query = "select range as i, md5(range::text) as s from range(3000000)"
    bowyer.sql(query, progress=seen.append).to_arrow()
    report = bowyer.copy(bowyer.sql(query), tmp_path / "out.parquet", progress=seen.append)
    assert report.rows == 3_000_000 and seen
    assert seen[-1]["rows_written"] > 0 and set(seen[0]) >= {"rows_read", "rows_total", "bytes_read", "bytes_total"}

    def fault(counters):
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        bowyer.copy(bowyer.sql(query.replace("3000000", "300000000")), tmp_path / "more.parquet", progress=fault)
    assert not (tmp_path / "more.parquet").exists()


def test_the_progress_line():
    from bowyer._run import progress_text

    counters = {"rows_written": 6_200_000, "rows_read": 0, "rows_total": 10_000_000, "bytes_read": 262_000_000,
                "bytes_total": 400_000_000, "rows_rejected": 3}  # fmt: skip
    assert progress_text("copy", counters, 2.0) == "copy  62%  6.2 M rows  131.0 MB/s  0:01 left  3 set aside"


def test_sizes():
    from bowyer.types import byte_size

    assert [byte_size(size) for size in (None, 5, "64M", "1.5GB", "256MiB", "4096", "2k")] == [
        0, 5, 64 << 20, 1_500_000_000, 256 << 20, 4096, 2048
    ]  # fmt: skip
    with pytest.raises(ValueError):
        byte_size("much")


def test_postgresql_goes_to_duckdb(postgres, tmp_path):
    """One table, many, chunk by chunk and side by side."""
    postgres.psql(
        "create table users (id bigint primary key, name text not null);"
        "create table visits (id bigint primary key, user_id bigint references users, paid numeric(9,2));"
        "insert into users select i, 'user ' || i from generate_series(1, 1000) i;"
        "insert into visits select i, i % 1000 + 1, i / 4.0 from generate_series(1, 20000) i;"
    )
    one = bowyer.copy(postgres.uri("public.users"), f"duckdb:{tmp_path}/one.duckdb#users")
    assert one.rows == 1000
    paid = bowyer.scan(postgres.uri("public.visits")).agg(total=bowyer.sum("paid"), n=bowyer.count()).to_pandas()
    assert str(paid["total"][0]) == "50002500.00" and paid["n"][0] == 20_000
    chunks = list(bowyer.read(postgres.uri("public.visits"), sort="id").fetch_batches(6000))
    assert [chunk.num_rows for chunk in chunks] == [6000, 6000, 6000, 2000]
    report = bowyer.migrate(postgres.uri(), f"duckdb:{tmp_path}/all.duckdb", jobs=4, chunk_rows=2000)
    assert report.rows == 21_000 and {table["verified"] for table in report.tables} == {"full"}
    found = bowyer.sql(f"select sum(paid)::decimal(12,2) as total from 'duckdb:{tmp_path}/all.duckdb#visits'")
    assert str(found.to_pylist()[0]["total"]) == "50002500.00"


@pytest.mark.parametrize("format", ["feather", "parquet", "csv", "arrows", "jsonl"])
def test_a_file_object_is_written_whole(format, tmp_path):
    table = pa.table({"a": [1, 2, 3], "s": ["x", "y", None]})
    inside, frame = io.BytesIO(), io.BytesIO()
    report = bowyer.copy(table, inside, format=format)
    assert report.rows == 3 and report.files == []
    bowyer.scan(table).sink(frame, format=format)
    with open(tmp_path / "object", "wb") as file:
        bowyer.copy(table, file, format=format)
    (tmp_path / "inside").write_bytes(inside.getvalue())
    (tmp_path / "frame").write_bytes(frame.getvalue())
    for name in ("object", "inside", "frame"):
        assert bowyer.read(tmp_path / name, format=format).to_pylist() == table.to_pylist()


def test_a_file_object_gets_nothing_of_a_run_that_fails():
    def failing():
        yield pa.record_batch({"a": [1]})
        raise RuntimeError("no more")

    inside = io.BytesIO()
    with pytest.raises(RuntimeError, match="no more"):
        bowyer.copy(failing(), inside, format="csv")
    assert inside.getvalue() == b""
    with pytest.raises(TypeError, match="format="):
        bowyer.copy({"a": [1]}, inside)
    with pytest.raises(TypeError, match="folder"):
        bowyer.copy({"a": [1], "b": [2]}, inside, format="csv", partition_by=["a"])


def test_a_file_object_that_takes_parts_gets_all():
    class Slow(io.RawIOBase):
        def __init__(self):
            self.got = b""

        def writable(self):
            return True

        def write(self, block):
            self.got += bytes(block[:7])
            return min(7, len(block))

    class Full(Slow):
        def write(self, block):
            return None

    slow, whole = Slow(), io.BytesIO()
    for file in (slow, whole):
        bowyer.copy({"a": list(range(1000))}, file, format="csv")
    assert slow.got == whole.getvalue() and len(slow.got) > 3000
    with pytest.raises(BlockingIOError):
        bowyer.copy({"a": [1]}, Full(), format="csv")
