// A source's facts, and the few rows that were asked for: of the units that hold them where the
// source has units, otherwise by reading from the start.
#include "bowyer/inspect.h"

#include <arrow/array/concatenate.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "connectors/channel_table.h"
#include "connectors/connectors.h"
#include "connectors/retype.h"
#include "core/text.h"

namespace bowyer {
namespace {

using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

arrow::Result<std::shared_ptr<arrow::Table>> TableOf(Source& source, Batches batches) {
  return arrow::Table::FromRecordBatches(source.schema(), std::move(batches));
}

arrow::Result<std::shared_ptr<arrow::Table>> Head(Source& source, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(auto reader, source.Open(Chunk{}, {}));
  Batches batches;
  while (rows > 0) {
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
    if (batch == nullptr) break;
    batches.push_back(batch->Slice(0, rows));
    rows -= batches.back()->num_rows();
  }
  return TableOf(source, std::move(batches));
}

arrow::Result<std::shared_ptr<arrow::Table>> Unit(Source& source, const SourceInfo& info,
                                                  int64_t unit, int64_t* first_row) {
  ARROW_ASSIGN_OR_RAISE(const auto chunks, source.Chunks(1));
  const bool divided = !info.unit_name.empty() && (chunks.size() > 1 || chunks[0].count >= 0);
  if (!divided || unit >= static_cast<int64_t>(chunks.size())) {
    return MakeError(ErrorCode::kUsage,
                     divided ? fmt::format("there is no {} {}: it has {}, counted from 0",
                                           info.unit_name, unit, chunks.size())
                             : "it has no batches or row groups to pick from",
                     {.hint = divided ? "" : "try --head or --sample"});
  }
  *first_row = 0;
  for (int64_t i = 0; i < unit && *first_row >= 0; ++i) {
    const int64_t rows = chunks[static_cast<size_t>(i)].rows;
    *first_row = rows < 0 ? -1 : *first_row + rows;
  }
  ARROW_ASSIGN_OR_RAISE(auto reader, source.Open(chunks[static_cast<size_t>(unit)], {}));
  ARROW_ASSIGN_OR_RAISE(auto batches, reader->ToRecordBatches());
  return TableOf(source, std::move(batches));
}

// A row by itself: a copy, so that the batch around it can go.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> RowOf(Context& context,
                                                         const arrow::RecordBatch& batch,
                                                         int64_t row) {
  arrow::ArrayVector columns;
  for (const auto& column : batch.columns()) {
    ARROW_ASSIGN_OR_RAISE(auto alone,
                          arrow::Concatenate({column->Slice(row, 1)}, context.memory_pool()));
    columns.push_back(std::move(alone));
  }
  return arrow::RecordBatch::Make(batch.schema(), 1, std::move(columns));
}

// Rows at even distances. Units without one of them are not read.
arrow::Result<std::shared_ptr<arrow::Table>> SampleOfUnits(Context& context, Source& source,
                                                           const std::vector<Chunk>& chunks,
                                                           int64_t total, int64_t wanted) {
  Batches rows;
  int64_t first = 0, taken = 0;
  const auto position = [&](int64_t i) {
    return static_cast<int64_t>(static_cast<__int128>(total) * i / wanted);
  };
  for (const Chunk& chunk : chunks) {
    const int64_t end = first + chunk.rows;
    if (taken < wanted && position(taken) < end) {
      ARROW_ASSIGN_OR_RAISE(auto reader, source.Open(chunk, {}));
      for (int64_t at = first; taken < wanted && position(taken) < end;) {
        ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
        if (batch == nullptr) break;
        for (; taken < wanted && position(taken) < at + batch->num_rows(); ++taken) {
          ARROW_ASSIGN_OR_RAISE(auto row, RowOf(context, *batch, position(taken) - at));
          rows.push_back(std::move(row));
        }
        at += batch->num_rows();
      }
    }
    first = end;
  }
  return TableOf(source, std::move(rows));
}

// Every stride-th row of all; the stride doubles (and every second row is let go) whenever twice as
// many as wanted have gathered. One pass, even distances, no guess of the length.
arrow::Result<std::shared_ptr<arrow::Table>> SampleOfStream(Context& context, Source& source,
                                                            int64_t wanted) {
  ARROW_ASSIGN_OR_RAISE(auto reader, source.Open(Chunk{}, {}));
  Batches rows;
  int64_t stride = 1, first = 0, next = 0;
  for (;;) {
    ARROW_RETURN_NOT_OK(context.CheckStop());
    ARROW_ASSIGN_OR_RAISE(auto batch, reader->Next());
    if (batch == nullptr) break;
    const int64_t end = first + batch->num_rows();
    for (; next < end; next += stride) {
      ARROW_ASSIGN_OR_RAISE(auto row, RowOf(context, *batch, next - first));
      rows.push_back(std::move(row));
      if (static_cast<int64_t>(rows.size()) < 2 * wanted) continue;
      for (size_t i = 0; i < rows.size() / 2; ++i) rows[i] = std::move(rows[2 * i]);
      rows.resize(rows.size() / 2);
      stride *= 2;
      next = static_cast<int64_t>(rows.size()) * stride - stride;
    }
    first = end;
  }
  if (const auto have = static_cast<int64_t>(rows.size()); have > wanted) {
    Batches chosen;
    for (int64_t i = 0; i < wanted; ++i)
      chosen.push_back(rows[static_cast<size_t>(have * i / wanted)]);
    rows = std::move(chosen);
  }
  return TableOf(source, std::move(rows));
}

arrow::Result<std::shared_ptr<arrow::Table>> Sample(Context& context, Source& source,
                                                    int64_t wanted) {
  ARROW_ASSIGN_OR_RAISE(const auto chunks, source.Chunks(1));
  int64_t total = 0;
  for (const Chunk& chunk : chunks) {
    if (chunk.rows < 0) return SampleOfStream(context, source, wanted);
    total += chunk.rows;
  }
  return SampleOfUnits(context, source, chunks, total, std::min(wanted, total));
}

}  // namespace

arrow::Result<Inspection> Inspect(std::shared_ptr<Context> context, const Location& location,
                                  const ReadOptions& read_options, const InspectOptions& options) {
  const ErrorPlace place{.location = location.Redacted()};
  ReadOptions read = read_options;
  read.memory_map = true;
  Location looked_at = location;
  if (IsChannel(location)) {
    if (options.head_rows > 0 || options.sample_rows > 0 || options.unit >= 0) {
      return MakeError(ErrorCode::kUsage, "rows of a channel are for those who consume them",
                       {.location = place.location,
                        .hint = "bowyer copy " + place.location + " - takes part as a consumer"});
    }
    looked_at.options["connect"] = "";  // who only looks keeps no channel open
  }
  auto opened = OpenSource(context, looked_at, read, /*union_by_name=*/true);
  if (!opened.ok()) return AtPlace(opened.status(), place);
  const auto source = std::move(opened).ValueUnsafe();
  ARROW_RETURN_NOT_OK(AtPlace(CheckTypedColumns(read, *source->schema()), place));
  auto info = source->Inspect();
  if (!info.ok()) return AtPlace(info.status(), place);

  Inspection inspection;
  inspection.schema = source->schema();
  inspection.info = std::move(info).ValueUnsafe();
  inspection.memory_mapped =
      location.is_file() && inspection.info.format.starts_with("Arrow IPC file");
  arrow::Result<std::shared_ptr<arrow::Table>> rows = std::shared_ptr<arrow::Table>();
  if (options.unit >= 0) {
    rows = Unit(*source, inspection.info, options.unit, &inspection.first_row);
    if (rows.ok() && options.head_rows > 0) rows = (*rows)->Slice(0, options.head_rows);
  } else if (options.sample_rows > 0) {
    rows = Sample(*context, *source, options.sample_rows);
  } else if (options.head_rows > 0) {
    inspection.first_row = 0;
    rows = Head(*source, options.head_rows);
  }
  if (!rows.ok()) return AtPlace(rows.status(), place);
  inspection.rows = std::move(rows).ValueUnsafe();
  inspection.bytes_allocated = context->memory_pool()->max_memory();
  return inspection;
}

}  // namespace bowyer
