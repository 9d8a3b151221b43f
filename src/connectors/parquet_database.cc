// One rename commits a chunk's rows and its receipt, another one shows a table. Everything happens
// relative to the descriptor of the folder.
#include "connectors/parquet_database.h"

#include <arrow/io/memory.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "connectors/connectors.h"
#include "connectors/output_folder.h"
#include "connectors/partition_rows.h"
#include "core/text.h"
#include "files/atomic_file.h"
#include "files/file_writer.h"
#include "files/part_name.h"
#include "formats/parquet/writer.h"

namespace bowyer {
namespace {

namespace fs = std::filesystem;

// Of a file's metadata.
constexpr const char* kFingerprint = "bowyer.fingerprint";
constexpr const char* kChunk = "bowyer.chunk";
constexpr const char* kRows = "bowyer.rows";
constexpr const char* kDigest = "bowyer.digest";
constexpr const char* kSnapshot = "bowyer.snapshot";

arrow::Status CannotWrite(const std::string& path, int number) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EIO;
  return MakeError(full ? ErrorCode::kResources : ErrorCode::kUnavailable,
                   fmt::format("cannot be written: {}", std::strerror(number)), {.location = path});
}

uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

// A name for a folder: no path, not hidden, of a length that leaves room for a part's name. A dot
// divides the schema from the table and stands for nothing else.
std::string FolderName(const std::string& schema, const std::string& table) {
  constexpr size_t kLongest = 150;
  const auto encoded = [](const std::string& name) {
    std::string out;
    for (const char c : PercentEncoded(name)) {
      if (c == '.' || (c == '_' && out.empty())) {
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      } else {
        out += c;
      }
    }
    return out;
  };
  std::string name = (schema.empty() ? "" : encoded(schema) + ".") + encoded(table);
  if (name.size() <= kLongest) return name;
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end) + fmt::format("-{:016x}", HashOf(name));
}

// What all tables of a destination share.
struct Destination {
  std::shared_ptr<Context> context;
  std::string path;  // without slashes at the end
  DatabaseWriteOptions options;
  std::atomic<int64_t> bytes{0};
  std::mutex mutex;
  OwnedFd folder;  // once it is there

  // Makes the folder where it is missing.
  arrow::Status Open() {
    const std::lock_guard lock(mutex);
    if (folder.get() >= 0) return arrow::Status::OK();
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) return CannotWrite(path, errno);
    return OpenFolder(path, path).Value(&folder);
  }
};

struct ChunkFile {
  std::string path;
  std::string name;
  std::string fingerprint;
  Receipt receipt;
};

bool ParseNumber(const std::string& text, int64_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

// The file's receipt; nothing if it has none or is not whole.
std::optional<ChunkFile> ReadChunkFile(const std::shared_ptr<Context>& context,
                                       const std::string& path) {
  ReadOptions options;
  options.format = "parquet";
  const auto source = OpenFiles(context, {path}, options);
  if (!source.ok()) return std::nullopt;
  const auto info = (*source)->Inspect();
  if (!info.ok()) return std::nullopt;
  ChunkFile file{.path = path, .name = fs::path(path).filename().string()};
  bool has_chunk = false, has_rows = false;
  for (const auto& [key, value] : info->metadata) {
    if (key == kFingerprint) file.fingerprint = value;
    if (key == kChunk) has_chunk = ParseNumber(value, &file.receipt.chunk);
    if (key == kRows) has_rows = ParseNumber(value, &file.receipt.rows);
    if (key == kDigest) file.receipt.digest = value;
    if (key == kSnapshot) file.receipt.snapshot = value;
  }
  if (!has_chunk || !has_rows) return std::nullopt;
  return file;
}

// In the order of chunks.
std::vector<ChunkFile> ReadChunkFiles(const std::shared_ptr<Context>& context,
                                      const std::string& folder) {
  std::vector<ChunkFile> files;
  std::error_code error;
  for (fs::directory_iterator entries(folder, error), end; !error && entries != end;
       entries.increment(error)) {
    if (entries->path().extension() != ".parquet") continue;
    if (auto file = ReadChunkFile(context, entries->path().string())) {
      files.push_back(*std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const ChunkFile& a, const ChunkFile& b) {
    return a.receipt.chunk < b.receipt.chunk;
  });
  return files;
}

// A table between its first chunk and its name.
struct TableFolder {
  std::shared_ptr<Destination> destination;
  std::string name;         // of the folder
  std::string fingerprint;  // of the rows
  std::shared_ptr<arrow::Schema> schema;
  std::string file_prefix;
  std::string part;  // the hidden folder's name
  OwnedFd fd;        // of it; holds the lock
  bool committed = false;

  std::string final_path() const { return destination->path + "/" + name; }
  std::string part_path() const { return destination->path + "/" + part; }
  std::string FileName(int64_t chunk) const {
    return fmt::format("{}{:06}.parquet", file_prefix, chunk);
  }
};

class ChunkWriter : public Writer {
 public:
  ChunkWriter(std::shared_ptr<TableFolder> table, std::string file)
      : table_(std::move(table)), file_(std::move(file)), hidden_("." + file_ + ".tmp") {}

  ~ChunkWriter() override {
    encoder_.reset();
    if (output_ == nullptr) return;
    output_.reset();
    (void)::unlinkat(table_->fd.get(), hidden_.c_str(), 0);
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(Begin());
    return AtPlace(encoder_->Write(batch), {.location = path()});
  }

  arrow::Status Commit(const Receipt& receipt) override {
    ARROW_RETURN_NOT_OK(Begin());
    facts_->emplace_back(kFingerprint, table_->fingerprint);
    facts_->emplace_back(kChunk, std::to_string(receipt.chunk));
    facts_->emplace_back(kRows, std::to_string(receipt.rows));
    facts_->emplace_back(kDigest, receipt.digest);
    facts_->emplace_back(kSnapshot, receipt.snapshot);
    ARROW_RETURN_NOT_OK(AtPlace(encoder_->Finish(), {.location = path()}));
    const bool durable = table_->destination->options.durable;
    if (durable) ARROW_RETURN_NOT_OK(output_->Sync());
    ARROW_RETURN_NOT_OK(output_->Flush());
    const int64_t bytes = output_->bytes_written();
    ARROW_RETURN_NOT_OK(output_->Close());
    const int folder = table_->fd.get();
    if (::renameat(folder, hidden_.c_str(), folder, file_.c_str()) != 0) {
      return CannotWrite(path(), errno);
    }
    output_.reset();
    if (durable && ::fsync(folder) != 0) return CannotWrite(path(), errno);
    table_->destination->bytes += bytes;
    const std::lock_guard lock(table_->destination->mutex);
    table_->committed = true;
    return arrow::Status::OK();
  }

 private:
  std::string path() const { return table_->final_path() + "/" + file_; }

  arrow::Status Begin() {
    if (encoder_ != nullptr) return arrow::Status::OK();
    (void)::unlinkat(table_->fd.get(), hidden_.c_str(), 0);  // of a run that was killed
    const auto& context = table_->destination->context;
    ARROW_ASSIGN_OR_RAISE(output_, FileWriter::Create(context, table_->fd.get(), hidden_, path()));
    return MakeParquetEncoder(context, table_->schema, output_, {}, facts_).Value(&encoder_);
  }

  const std::shared_ptr<TableFolder> table_;
  const std::string file_, hidden_;
  std::shared_ptr<FileWriter> output_;
  // Written with the file's end.
  const std::shared_ptr<ParquetFacts> facts_ = std::make_shared<ParquetFacts>();
  std::unique_ptr<Encoder> encoder_;
};

class ParquetTable : public Sink {
 public:
  ParquetTable(std::shared_ptr<Destination> destination, TableTarget target)
      : target_(std::move(target)), table_(std::make_shared<TableFolder>()) {
    table_->destination = std::move(destination);
    table_->name = FolderName(target_.schema, target_.name);
  }

  ~ParquetTable() override {
    if (finished_ || table_->part.empty()) return;
    const std::lock_guard lock(table_->destination->mutex);
    if (!table_->committed) RemoveTree(table_->destination->folder.get(), table_->part);
  }

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string& fingerprint) override {
    TableFolder& table = *table_;
    Destination& destination = *table.destination;
    if (target_.if_exists == IfExists::kUpsert) {
      return MakeError(ErrorCode::kUsage, "rows of Parquet files are not replaced by key",
                       {.location = table.final_path(), .hint = "try --overwrite or --append"});
    }
    table.schema = schema;
    table.fingerprint = fingerprint;
    table.file_prefix = "part-";
    // Files of several runs stand side by side.
    if (is_append()) table.file_prefix += fmt::format("{:016x}-", HashOf(fingerprint));
    ARROW_ASSIGN_OR_RAISE(auto nowhere, arrow::io::BufferOutputStream::Create());
    ARROW_RETURN_NOT_OK(
        AtPlace(MakeParquetEncoder(destination.context, schema, nowhere, {}, nullptr).status(),
                {.location = table.final_path()}));
    ARROW_RETURN_NOT_OK(destination.Open());
    std::vector<Receipt> receipts;
    if (target_.resume) {
      // Shown already by a run that did not come to its end, or, of an append, in part.
      for (const ChunkFile& file : ReadChunkFiles(destination.context, table.final_path())) {
        if (file.fingerprint == fingerprint) receipts.push_back(file.receipt);
      }
      if (!receipts.empty() && !is_append()) {
        finished_ = true;
        return receipts;
      }
    }
    ARROW_RETURN_NOT_OK(
        CheckOutputFolder(*destination.context, table.final_path(), target_.if_exists));
    ARROW_RETURN_NOT_OK(OpenPart(&receipts));
    return receipts;
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk& chunk) override {
    if (finished_ || table_->part.empty()) {
      return MakeError(ErrorCode::kInternal, "the table takes no rows now",
                       {.location = table_->final_path()});
    }
    return std::make_unique<ChunkWriter>(table_, table_->FileName(chunk.index));
  }

  arrow::Status Finish() override {
    if (finished_) return arrow::Status::OK();
    const TableFolder& table = *table_;
    const int parent = table.destination->folder.get();
    struct stat there = {};
    const bool exists = ::fstatat(parent, table.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && is_append()) {
      ARROW_RETURN_NOT_OK(MoveIn());
    } else if (exists && target_.if_exists == IfExists::kOverwrite) {
      ARROW_RETURN_NOT_OK(Exchange());
    } else if (::renameat(parent, table.part.c_str(), parent, table.name.c_str()) != 0) {
      // Renaming a folder never replaces one that holds something.
      if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) {
        return AlreadyExists(table.final_path());
      }
      return CannotWrite(table.final_path(), errno);
    }
    finished_ = true;
    if (table.destination->options.durable && ::fsync(parent) != 0) {
      return CannotWrite(table.final_path(), errno);
    }
    return arrow::Status::OK();
  }

  int64_t bytes_written() const override { return 0; }  // told of all tables together
  std::vector<std::string> files() const override { return {table_->final_path()}; }

 private:
  bool is_append() const { return target_.if_exists == IfExists::kAppend; }

  // The hidden folder of a dead run, with its chunks' receipts, or a new one.
  arrow::Status OpenPart(std::vector<Receipt>* receipts) {
    TableFolder& table = *table_;
    const int parent = table.destination->folder.get();
    auto adopted = target_.resume ? AdoptDeadPart(parent, table.name) : std::nullopt;
    if (adopted.has_value()) {
      table.part = adopted->name;
      table.fd = std::move(adopted->folder);
      size_t kept = 0, others = 0;
      for (const ChunkFile& file : ReadChunkFiles(table.destination->context, table.part_path())) {
        if (file.fingerprint != table.fingerprint) {
          ++others;
          continue;
        }
        receipts->push_back(file.receipt);
        ++kept;
      }
      if (kept > 0 && others == 0) {
        table.committed = true;
        return arrow::Status::OK();
      }
      RemoveTree(parent, table.part);
      table.part.clear();
      receipts->resize(receipts->size() - kept);
    }
    RemoveDeadParts(parent, table.name);
    while (true) {
      const std::string part = NewPartName(table.name);
      if (::mkdirat(parent, part.c_str(), 0777) != 0) return CannotWrite(table.final_path(), errno);
      OwnedFd fd(::openat(parent, part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (fd.get() < 0 && errno == ENOENT) continue;
      if (fd.get() < 0) return CannotWrite(table.final_path(), errno);
      ARROW_ASSIGN_OR_RAISE(const bool locked, LockPart(parent, part, fd.get()));
      if (!locked) continue;
      table.part = part;
      table.fd = std::move(fd);
      return arrow::Status::OK();
    }
  }

  arrow::Status Exchange() {
    const TableFolder& table = *table_;
    const int parent = table.destination->folder.get();
    if (::renameat2(parent, table.part.c_str(), parent, table.name.c_str(), RENAME_EXCHANGE) != 0) {
      return CannotWrite(table.final_path(), errno);
    }
    RemoveTree(parent, table.part);
    return arrow::Status::OK();
  }

  // One file after the other; each says whose it is, so that a run that resumes finds it.
  arrow::Status MoveIn() {
    const TableFolder& table = *table_;
    const int parent = table.destination->folder.get();
    const OwnedFd target(
        ::openat(parent, table.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (target.get() < 0) return CannotWrite(table.final_path(), errno);
    for (const ChunkFile& file : ReadChunkFiles(table.destination->context, table.part_path())) {
      if (::renameat(table.fd.get(), file.name.c_str(), target.get(), file.name.c_str()) != 0) {
        return CannotWrite(table.final_path() + "/" + file.name, errno);
      }
    }
    RemoveTree(parent, table.part);
    return arrow::Status::OK();
  }

  const TableTarget target_;
  const std::shared_ptr<TableFolder> table_;
  bool finished_ = false;

  friend class ParquetDatabase;
};

class ParquetDatabase : public DatabaseWriter {
 public:
  explicit ParquetDatabase(std::shared_ptr<Destination> destination)
      : destination_(std::move(destination)) {}

  arrow::Result<std::string> TypeOf(const arrow::Field& field) override {
    ARROW_ASSIGN_OR_RAISE(auto nowhere, arrow::io::BufferOutputStream::Create());
    const auto schema = arrow::schema({field.WithName(field.name())});
    ARROW_RETURN_NOT_OK(
        MakeParquetEncoder(destination_->context, schema, nowhere, {}, nullptr).status());
    return TypeText(*field.type());
  }

  bool holds_infinities() const override { return false; }
  // Folders do on some systems, and what is copied there must not fall together.
  bool folds_case() const override { return true; }

  arrow::Result<std::unique_ptr<Sink>> OpenTable(const TableTarget& target) override {
    auto sink = std::make_unique<ParquetTable>(destination_, target);
    const std::lock_guard lock(mutex_);
    tables_[sink->table_->name] = sink->table_;
    return sink;
  }

  arrow::Result<std::string> UnfinishedFingerprint(const TableTarget& target) override {
    ARROW_RETURN_NOT_OK(destination_->Open());
    const std::string name = FolderName(target.schema, target.name);
    std::vector<std::string> folders;
    // Its lock goes with it: the table's sink takes it again.
    const auto part = AdoptDeadPart(destination_->folder.get(), name);
    if (part.has_value()) folders.push_back(destination_->path + "/" + part->name);
    folders.push_back(destination_->path + "/" + name);
    for (const std::string& folder : folders) {
      const auto files = ReadChunkFiles(destination_->context, folder);
      if (!files.empty()) return files.front().fingerprint;
    }
    return "";
  }

  arrow::Result<std::unique_ptr<Source>> ReadBack(const TableTarget& target) override {
    const std::string name = FolderName(target.schema, target.name);
    std::shared_ptr<TableFolder> table;
    {
      const std::lock_guard lock(mutex_);
      const auto found = tables_.find(name);
      if (found == tables_.end()) {
        return MakeError(ErrorCode::kInternal, "a table is read back that was not written");
      }
      table = found->second;
    }
    std::vector<std::string> paths;
    for (const std::string& folder : {table->part_path(), table->final_path()}) {
      if (folder == table->part_path() && table->part.empty()) continue;
      for (const ChunkFile& file : ReadChunkFiles(destination_->context, folder)) {
        if (file.fingerprint == table->fingerprint) paths.push_back(file.path);
      }
    }
    if (paths.empty()) {
      return MakeError(ErrorCode::kInternal, "a table is read back before its first chunk");
    }
    ReadOptions options;
    options.format = "parquet";
    return OpenFiles(destination_->context, paths, options);
  }

  arrow::Result<std::shared_ptr<arrow::Scalar>> GreatestValue(const TableTarget& target,
                                                              const std::string&) override {
    const std::string path = destination_->path + "/" + FolderName(target.schema, target.name);
    if (!fs::exists(path)) return nullptr;
    return MakeError(ErrorCode::kUsage, "a folder of Parquet is not added to by a column",
                     {.location = path, .hint = "--incremental needs a database as destination"});
  }

  arrow::Status Finish(const Catalog& source, const std::vector<TableTarget>& tables) override {
    ARROW_RETURN_NOT_OK(destination_->Open());
    for (const TableTarget& target : tables) LeaveOutStructure(target);
    for (const SequenceDefinition& sequence : source.sequences) {
      LeaveOut("sequence " + Printable(sequence.name), "");
    }
    return WriteNames(tables);
  }

  std::vector<LeftOut> left_out() const override {
    const std::lock_guard lock(mutex_);
    return left_out_;
  }
  int64_t bytes_written() const override { return destination_->bytes; }

 private:
  void LeaveOut(std::string what, std::string ddl) {
    const std::lock_guard lock(mutex_);
    left_out_.push_back(
        {std::move(what), "Parquet holds columns and their types only", std::move(ddl)});
  }

  void LeaveOutStructure(const TableTarget& target) {
    const TableDefinition& table = target.definition;
    const std::string of = " of " + Printable(table.name);
    const auto columns = [](const KeyDefinition& key) {
      return fmt::format("({})", fmt::join(key.columns, ", "));
    };
    if (table.primary_key.has_value()) {
      LeaveOut("primary key" + of, "primary key " + columns(*table.primary_key));
    }
    for (const auto& key : table.unique) {
      LeaveOut("unique " + Quoted(key.name) + of, "unique " + columns(key));
    }
    for (const auto& check : table.checks) {
      LeaveOut("check " + Quoted(check.name) + of, "check (" + check.sql + ")");
    }
    for (const auto& key : table.foreign_keys) {
      LeaveOut("foreign key " + Quoted(key.name) + of, key.ddl);
    }
    for (const auto& index : table.indexes) {
      LeaveOut("index " + Quoted(index.name) + of, index.ddl);
    }
    for (const auto& column : table.columns) {
      const std::string name = Quoted(column.name) + of;
      if (!column.default_sql.empty()) {
        LeaveOut("default of " + name, "default " + column.default_sql);
      }
      if (column.identity) LeaveOut("numbering of " + name, "");
      if (!column.generated_sql.empty()) {
        LeaveOut("generated column " + name, "as (" + column.generated_sql + ")");
      }
    }
  }

  // What each folder is, beside what earlier runs wrote there.
  arrow::Status WriteNames(const std::vector<TableTarget>& tables) {
    const std::string path = destination_->path + "/_tables.json";
    std::map<std::string, nlohmann::ordered_json> named;
    std::error_code error;
    if (fs::exists(path, error)) {
      ARROW_ASSIGN_OR_RAISE(const std::string old, ReadWhole(path));
      const auto parsed = nlohmann::ordered_json::parse(old, nullptr, false);
      if (parsed.is_array()) {
        for (const auto& entry : parsed) {
          if (entry.contains("folder") && entry["folder"].is_string()) {
            named[entry["folder"].get<std::string>()] = entry;
          }
        }
      }
    }
    for (const TableTarget& target : tables) {
      const std::string folder = FolderName(target.schema, target.name);
      nlohmann::ordered_json entry;
      entry["folder"] = folder;
      entry["schema"] = target.definition.schema;
      entry["table"] = target.definition.name;
      named[folder] = std::move(entry);
    }
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (auto& [folder, entry] : named) all.push_back(std::move(entry));
    // Names may be no text: then what is none of it is replaced here, and here only.
    const std::string text =
        all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(destination_->context, path));
    ARROW_RETURN_NOT_OK(file->Write(text.data(), static_cast<int64_t>(text.size())));
    return file->Commit(true, destination_->options.durable);
  }

  static arrow::Result<std::string> ReadWhole(const std::string& path) {
    const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat facts = {};
    if (fd.get() < 0 || ::fstat(fd.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
      return MakeError(ErrorCode::kUnavailable, "cannot be read", {.location = path});
    }
    std::string text(static_cast<size_t>(facts.st_size), '\0');
    const ssize_t got = ::pread(fd.get(), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return text;
  }

  const std::shared_ptr<Destination> destination_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<TableFolder>> tables_;
  std::vector<LeftOut> left_out_;
};

}  // namespace

arrow::Result<std::unique_ptr<DatabaseWriter>> MakeParquetDatabaseWriter(
    std::shared_ptr<Context> context, const Location& location,
    const DatabaseWriteOptions& options) {
  if (!location.table.empty() || !location.options.empty()) {
    return MakeError(ErrorCode::kUsage, "a whole database is written, and no table of it",
                     {.location = location.Redacted()});
  }
  auto destination = std::make_shared<Destination>();
  destination->context = std::move(context);
  destination->path = location.path;
  while (destination->path.size() > 1 && destination->path.back() == '/') {
    destination->path.pop_back();
  }
  destination->options = options;
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(destination->path));
  if (kind != DestinationKind::kNothing && kind != DestinationKind::kFolder) {
    return MakeError(ErrorCode::kUnavailable, "cannot be written: a folder is needed, it is a file",
                     {.location = location.path});
  }
  return std::make_unique<ParquetDatabase>(std::move(destination));
}

}  // namespace bowyer
