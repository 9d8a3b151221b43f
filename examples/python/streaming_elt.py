"""Batch and streaming ELT: 50 million rows from a generator, filtered and summed, never in memory as a whole."""

import resource

import duckdb
import pyarrow as pa
from common import batches, rows, same, timed

import bowyer
from bowyer import col

count = rows(50_000_000)

# Batch ELT, as the tutorial has it: each batch is loaded into a table, which is queried at the end.
with timed("DuckDB: insert, then query"):
    connection = duckdb.connect()
    connection.execute("create table totals (category varchar, n bigint, ids hugeint)")
    for batch in batches(count):
        part = pa.Table.from_batches([batch])
        connection.register("part", part)
        connection.execute("insert into totals select category, count(*), sum(order_id) from part where amount > 250 group by 1")
        connection.unregister("part")
    tutorial = connection.execute("select category, sum(n)::bigint, sum(ids)::bigint from totals group by 1 order by 1").fetchall()

# Streaming ELT: one query over the stream.
with timed("Bowyer: one query over a stream"):
    totals = (
        bowyer.scan(lambda: batches(count), "orders")
        .filter(col("amount") > 250)
        .group_by("category")
        .agg(n=bowyer.count(), ids=col("order_id").sum().cast("int64"))
        .sort("category")
        .collect()
    )
same([tuple(row.values()) for row in totals.to_pylist()], tutorial, "totals")

# Written while they are made: a file of the filtered rows.
with timed("Bowyer: stream to Parquet"):
    report = bowyer.copy(lambda: batches(count), "large.parquet", where="amount > 250", if_exists="overwrite")
same(report.rows, sum(row[1] for row in tutorial), f"{report.rows:,} rows in a file")
print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
