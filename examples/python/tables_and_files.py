"""Arrow tables and record batches; IPC stream and file, in memory and on disk; random access; Feather with each codec;
memory-mapped reading. With pyarrow, and with Bowyer."""

import io

import pyarrow as pa
import pyarrow.feather
import pyarrow.ipc
from common import orders, rows, same

import bowyer

table = orders(rows(1_000_000))

# A table is made of batches; both go into Bowyer as they are, without a copy.
same(bowyer.read(table).to_arrow(), table, "a table")
parts = table.to_batches(max_chunksize=1000)
same(bowyer.read(iter(parts)).to_arrow(), pa.Table.from_batches(parts), "record batches")

# IPC stream, in memory.
sink = pa.BufferOutputStream()
with pa.ipc.new_stream(sink, table.schema) as writer:
    for part in parts:
        writer.write_batch(part)
reader = pa.ipc.open_stream(sink.getvalue())
same(bowyer.read(reader).to_arrow(), table, "an IPC stream in memory")

# IPC file, in memory: written to a file object, which gets it when it is whole.
held = io.BytesIO()
bowyer.copy(table, held, format="arrow")
same(pa.ipc.open_file(held.getvalue()).read_all(), table, "an IPC file in memory")

# IPC stream and file, on disk.
with pa.OSFile("tutorial.arrows", "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
    writer.write_table(table)
bowyer.copy(table, "bowyer.arrows")
same(bowyer.read("tutorial.arrows").to_arrow(), pa.ipc.open_stream("bowyer.arrows").read_all(), "an IPC stream on disk")

with pa.OSFile("tutorial.arrow", "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
    for part in parts:
        writer.write_batch(part)
bowyer.copy("tutorial.arrow", "bowyer.arrow", row_group_rows=1000, compression="none")

# Random access: a single batch of the file.
with pa.OSFile("tutorial.arrow") as file:
    tutorial = pa.Table.from_batches([pa.ipc.open_file(file).get_batch(7)])
same(bowyer.inspect("bowyer.arrow", unit=7).sample, tutorial, "batch 7 of a file")

# Feather, with each codec, to a path and to a file object.
for codec in ("uncompressed", "lz4", "zstd"):
    pa.feather.write_feather(table, f"tutorial-{codec}.feather", compression=codec)
    bowyer.copy(table, f"bowyer-{codec}.feather", compression="none" if codec == "uncompressed" else codec)
    same(
        bowyer.read(f"tutorial-{codec}.feather").to_arrow(),
        pa.feather.read_table(f"bowyer-{codec}.feather"),
        f"Feather, {codec}",
    )
    with open(f"object-{codec}.feather", "wb") as file:
        bowyer.copy(table, file, format="feather", compression="none" if codec == "uncompressed" else codec)
    same(pa.feather.read_table(f"object-{codec}.feather"), table, f"Feather, {codec}, to a file object")

# Memory-mapped: next to nothing is allocated.
with pa.memory_map("tutorial.arrow") as source:
    before = pa.total_allocated_bytes()
    mapped = pa.ipc.open_file(source).get_batch(3)
    print(f"pyarrow allocated {pa.total_allocated_bytes() - before:,} bytes for a mapped batch")
facts = bowyer.inspect("bowyer.arrow", unit=3)
print(f"bowyer allocated {facts.bytes_allocated:,} bytes, mapped: {facts.memory_mapped}")
assert facts.bytes_allocated < 200_000
same(facts.sample, pa.Table.from_batches([mapped]), "a mapped batch")
