"""How the tests of the columnar formats look at a table: what Bowyer made of a file, read by pyarrow, against what others say."""

import datetime
import decimal
import math

import duckdb
import pyarrow as pa

import conftest


def copied(path, folder, *options, **kwargs):
    """`path` through bowyer copy into an IPC stream, as a pyarrow table (checked for memory safety by Bowyer alone)."""
    out = folder / "copied.arrows"
    conftest.run("copy", *options, path, out, "--overwrite", check=0, **kwargs)
    with pa.ipc.open_stream(out) as reader:
        return pa.Table.from_batches(list(reader), schema=reader.schema)


def refused(path, folder, *options, codes=(2, 3, 4, 6), **kwargs):
    """bowyer copy fails with a message that names the file, and leaves nothing."""
    before = conftest.leftovers(folder)
    result = conftest.run("copy", *options, path, folder / "out.arrow", **kwargs)
    assert result.code in codes, repr(result)
    assert path.name in result.stderr, repr(result)
    assert conftest.leftovers(folder) == before
    return result


def survives(path, folder, *options, **kwargs):
    """An error or rows, within seconds and little memory; `run` checks the rest."""
    before = conftest.leftovers(folder)
    result = conftest.run("copy", *options, path, folder / "out.arrow", **kwargs)
    assert result.code in (0, 2, 3, 4, 6), repr(result)
    if result.code != 0:
        assert conftest.leftovers(folder) == before
    return result


def digests(table):
    """(non-null count, md5x15) of each column, as expected.json has them (text forms are DuckDB's)."""
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    connection.register("t", table)
    found = []
    for name in table.column_names:
        quoted = '"' + name.replace('"', '""') + '"'
        found.append(
            connection.execute(
                f"select count({quoted}), sum(('0x' || md5({quoted}::varchar)[1:15])::bigint::hugeint)::varchar from t"
            ).fetchone()
        )
    return found


def plain(value):
    """A value so that equal ones are ==: NaN equals NaN, maps are lists of pairs, no time zone objects."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (decimal.Decimal, datetime.datetime, datetime.date, datetime.time, datetime.timedelta)):
        return str(value)
    return value


def same(left, right, metadata=False):
    """Two tables hold the same columns, types and values (of any type that Arrow compares)."""
    assert left.schema.equals(right.schema, check_metadata=metadata), f"{left.schema}\n---\n{right.schema}"
    assert left.num_rows == right.num_rows
    for name, ours, theirs in zip(left.column_names, left.columns, right.columns):
        assert equal(ours, theirs), f"column {name} differs"


def equal(ours, theirs):
    if ours.equals(theirs):
        return True
    try:
        return plain(ours.to_pylist()) == plain(theirs.to_pylist())  # NaN, other dictionaries
    except (ValueError, OverflowError, pa.ArrowException):
        return str(ours) == str(theirs)
