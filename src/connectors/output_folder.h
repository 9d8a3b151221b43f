// A folder of files that appears under its name only when it is whole.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "files/file_writer.h"
#include "files/part_name.h"

namespace bowyer {

// May a folder of tables be written to `path`? An empty folder counts as none. Errors: kUnavailable
// for what exists (unless told to append or overwrite), is no folder, or, with overwriting, holds
// anything but hidden files and files whose names say a format: nobody loses more than tables.
arrow::Status CheckOutputFolder(Context& context, const std::string& path, IfExists if_exists);

// Files are written into a hidden folder beside `path` (named and locked as in atomic_file.h).
// Publish makes them visible: a new folder by one rename; an old one is overwritten by exchanging
// the two names, and removed after; appended files are renamed into it one by one, at the end.
// Destroyed before, it removes what was written. Used by one thread.
class OutputFolder {
 public:
  static arrow::Result<std::shared_ptr<OutputFolder>> Create(std::shared_ptr<Context> context,
                                                             const std::string& path,
                                                             const WriteOptions& options);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  // A new file; `file` is relative, its folders are made. Errors of writing name the file as it
  // will be called.
  arrow::Result<std::shared_ptr<FileWriter>> CreateFile(const std::string& file);
  // A file without a name, for spilling; not counted as written.
  arrow::Result<std::shared_ptr<FileWriter>> CreateSpill();
  // Counts the file as written, durably if that was asked for, and closes it.
  arrow::Status CloseFile(FileWriter& writer);

  arrow::Status Publish();

  const std::string& path() const { return path_; }
  // Of the files in it, under their final names, in the order in which they were made.
  std::vector<std::string> files() const;
  int64_t bytes_written() const { return bytes_written_; }
  // Differs from run to run where rows are appended: file names cannot clash.
  const std::string& run_prefix() const { return run_prefix_; }

 private:
  OutputFolder() = default;
  arrow::Status MakeFolders(const std::string& file);
  arrow::Status RenameWhole();
  arrow::Status Exchange();
  arrow::Status MoveIn();
  arrow::Status SyncFolders(int root);

  std::shared_ptr<Context> context_;
  WriteOptions options_;
  std::string path_;  // without slashes at the end
  std::string name_, part_;
  OwnedFd parent_;
  OwnedFd folder_;  // the part; holds the lock
  std::vector<std::string> files_;
  std::set<std::string> folders_;  // within the part
  std::string run_prefix_;
  int64_t bytes_written_ = 0;
  bool published_ = false;
};

}  // namespace bowyer
