// Rows behind those that a file already holds.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "connectors/file_encoder.h"
#include "files/atomic_file.h"
#include "files/part_name.h"
#include "formats/format.h"

namespace bowyer {

// The old file, locked against a second run that appends to it: both would copy the same old rows,
// and the last one would win.
struct OldFile {
  std::string path;
  OwnedFd fd;
  std::string fingerprint;

  // kUnavailable if the file under the name is not the one that was copied, or has changed.
  arrow::Status CheckUnchanged() const;
};

// Errors: kUnavailable if it cannot be opened or another run appends to it.
arrow::Result<OldFile> LockOldFile(const std::string& path);

// Do rows of the schema `fresh` fit behind those of `old`? Of text only names and order count.
// Errors: kData, with a table of the differences.
arrow::Status CheckColumnsFit(const Format& format, const std::shared_ptr<arrow::Schema>& old,
                              const std::shared_ptr<arrow::Schema>& fresh, const std::string& path);

// Brings the old rows into `file` and makes the encoder that goes on behind them. Text is copied
// byte for byte, packed text in its packing, and a header is not written again; every other format
// is read through and written anew (its index or footer stands at the end).
// Errors: kData where the columns differ, naming the first that does.
arrow::Result<std::unique_ptr<FileEncoder>> ContinueFile(const FileKind& kind, const OldFile& old,
                                                         const std::shared_ptr<AtomicFile>& file);

}  // namespace bowyer
