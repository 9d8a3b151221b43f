// What the rooms of Parquet reading share: the opened file and the columns that can be asked of it.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/source.h"
#include "files/file_input.h"

namespace bowyer {

// An opened file; immutable once made, shared by all that read from it, on any thread.
struct ParquetFile {
  std::shared_ptr<Context> context;
  FileInput input;
  std::shared_ptr<parquet::FileMetaData> metadata;
  parquet::ReaderProperties properties;
  std::unique_ptr<parquet::arrow::FileReader> reader;
  std::shared_ptr<arrow::Schema> schema;
  std::vector<std::vector<int>> leaves;  // of each field of the schema
  bool int96_micros = false;             // INT96 columns have the type timestamp[us]
  mutable std::mutex opening;            // held while `reader` opens a column
};

// A failure of Parquet's own as kData with its place; statuses of our own pass through.
arrow::Status ParquetError(const std::string& name, const std::string& column,
                           const arrow::Status& status);

// Runs `call` (which returns a Status or a Result); what Parquet throws becomes a ParquetError.
template <typename Call>
auto CatchParquet(const std::string& name, const std::string& column, Call call)
    -> decltype(call()) {
  arrow::Status failed;
  try {
    auto result = call();
    if (result.ok()) return result;
    if constexpr (std::is_same_v<decltype(result), arrow::Status>) {
      failed = result;
    } else {
      failed = result.status();
    }
  } catch (const parquet::ParquetStatusException& e) {
    failed = e.status();
  } catch (const std::bad_alloc&) {
    failed = arrow::Status::OutOfMemory("out of memory");
  } catch (const std::exception& e) {
    failed = arrow::Status::IOError(e.what());
  }
  return ParquetError(name, column, failed);
}

// The rows of row groups [first, end) as `options` say.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadParquet(
    std::shared_ptr<const ParquetFile> file, int first, int end, const ScanOptions& options);

}  // namespace bowyer
