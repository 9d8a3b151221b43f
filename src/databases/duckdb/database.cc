#include "databases/duckdb/database.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <duckdb/main/db_instance_cache.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

duckdb::DBInstanceCache& Cache() {
  // Never destroyed: instances may outlive static destructors' order.
  static auto* cache = new duckdb::DBInstanceCache;
  return *cache;
}

// DuckDB's own allocator, counted for the context that opened the database.
struct CountedMemory : duckdb::PrivateAllocatorData {
  explicit CountedMemory(std::shared_ptr<MemoryUse> counter) : use(std::move(counter)) {}
  const std::shared_ptr<MemoryUse> use;
};

void Count(duckdb::PrivateAllocatorData* data, int64_t bytes) {
  static_cast<CountedMemory*>(data)->use->Add(bytes);
}

duckdb::unique_ptr<duckdb::Allocator> CountingAllocator(const Context& context) {
  using duckdb::Allocator;
  return duckdb::make_uniq<Allocator>(
      [](duckdb::PrivateAllocatorData* data, duckdb::idx_t size) {
        const auto pointer = Allocator::DefaultAllocate(data, size);
        if (pointer != nullptr) Count(data, static_cast<int64_t>(size));
        return pointer;
      },
      [](duckdb::PrivateAllocatorData* data, duckdb::data_ptr_t pointer, duckdb::idx_t size) {
        if (pointer == nullptr) return;
        Allocator::DefaultFree(data, pointer, size);
        Count(data, -static_cast<int64_t>(size));
      },
      [](duckdb::PrivateAllocatorData* data, duckdb::data_ptr_t pointer, duckdb::idx_t old_size,
         duckdb::idx_t size) {
        const auto moved = Allocator::DefaultReallocate(data, pointer, old_size, size);
        if (moved != nullptr) {
          Count(data, static_cast<int64_t>(size) -
                          (pointer == nullptr ? 0 : static_cast<int64_t>(old_size)));
        }
        return moved;
      },
      duckdb::make_uniq<CountedMemory>(context.duckdb_counter()));
}

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += c;
    quoted += c;
  }
  return quoted += quote;
}

// The files that are open here, by device and inode: two instances on one file would not see each
// other's locks, which are the process's.
struct OpenFile {
  std::weak_ptr<duckdb::DuckDB> database;
  bool read_only = false;
};
using FileId = std::pair<dev_t, ino_t>;
std::mutex open_files_mutex;
std::map<FileId, OpenFile>& OpenFiles() {
  static auto* files = new std::map<FileId, OpenFile>;
  return *files;
}

std::optional<FileId> IdOf(const std::string& path) {
  struct stat facts = {};
  if (path.empty() || ::stat(path.c_str(), &facts) != 0) return std::nullopt;
  return FileId(facts.st_dev, facts.st_ino);
}

arrow::Status CheckIsFile(const std::string& path) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("cannot be opened: {}", std::strerror(errno)), {.location = path});
  }
  if (S_ISREG(facts.st_mode)) return arrow::Status::OK();
  return MakeError(ErrorCode::kUnavailable, "cannot be opened: it is no file", {.location = path});
}

// "md:x" and ":memory:" are names of files, where a file is meant.
std::string AsFile(const std::string& path) { return path.starts_with('/') ? path : "./" + path; }

// DuckDB's refusals of a file in words that say what to do.
arrow::Status CannotOpen(const arrow::Status& status, const std::string& path) {
  const std::string& message = status.message();
  const auto has = [&message](const char* phrase) {
    return message.find(phrase) != std::string::npos;
  };
  if (has("Could not set lock on file")) {
    std::string holder = "another process";
    constexpr std::string_view kHeld = "held in ";
    if (const auto at = message.find(kHeld); at != std::string::npos) {
      const auto end = message.find(')', at);
      holder = message.substr(at + kHeld.size(), end - at - kHeld.size() + 1);
    }
    return MakeError(ErrorCode::kUnavailable, "is open for writing elsewhere: " + holder,
                     {.location = path, .hint = "close it there, or wait for its end"});
  }
  if (has("Unique file handle conflict")) {
    return MakeError(ErrorCode::kUnavailable, "is being read by a query of this process",
                     {.location = path, .hint = "close the query's engine first"});
  }
  if (has("not a valid DuckDB database")) {
    return MakeError(ErrorCode::kData, "is no DuckDB database", {.location = path});
  }
  if (has("unrecognized enum value")) {
    return MakeError(ErrorCode::kData,
                     "holds what DuckDB " + std::string(duckdb::DuckDB::LibraryVersion()) +
                         " does not know: a newer one wrote it",
                     {.location = path, .hint = message.substr(0, message.find('\n'))});
  }
  if (has("but we can only read versions")) {
    return MakeError(ErrorCode::kData,
                     "cannot be read by DuckDB " + std::string(duckdb::DuckDB::LibraryVersion()) +
                         ": " + message.substr(0, message.find('\n')),
                     {.location = path,
                      .hint = "copy it with the DuckDB that wrote it: attach ... (storage_version "
                              "'v1.0.0')"});
  }
  const ErrorCode code = CodeOf(status);
  // What DuckDB takes for a fault of its own is one of the file's.
  if (code == ErrorCode::kInternal || code == ErrorCode::kUsage) {
    return MakeError(ErrorCode::kData, message, {.location = path});
  }
  return AtPlace(status, {.location = path});
}

}  // namespace

std::shared_ptr<duckdb::DuckDB> OpenedDuckDb(const std::string& path) {
  const auto id = IdOf(path);
  if (!id.has_value()) return nullptr;
  const std::lock_guard lock(open_files_mutex);
  const auto found = OpenFiles().find(*id);
  return found == OpenFiles().end() ? nullptr : found->second.database.lock();
}

arrow::Result<std::shared_ptr<duckdb::DuckDB>> OpenDuckDb(const Context& context,
                                                          const DuckDbOptions& options) {
  const std::lock_guard lock(open_files_mutex);
  if (options.must_exist) ARROW_RETURN_NOT_OK(CheckIsFile(options.path));
  if (const auto id = IdOf(options.path)) {
    const auto found = OpenFiles().find(*id);
    if (auto shared = found == OpenFiles().end() ? nullptr : found->second.database.lock()) {
      if (options.read_only || !found->second.read_only) return shared;
      return MakeError(ErrorCode::kUnavailable, "is open for reading only in this process",
                       {.location = options.path});
    }
  }
  auto opened = Guarded([&]() -> std::shared_ptr<duckdb::DuckDB> {
    duckdb::DBConfig config;
    config.allocator = CountingAllocator(context);
    if (options.read_only && !options.path.empty()) {
      config.options.access_mode = duckdb::AccessMode::READ_ONLY;
    }
    // Otherwise a name such as orders.csv would open something else in its place.
    if (!options.path.empty()) config.options.database_type = "duckdb";
    config.SetOptionByName("threads", duckdb::Value::BIGINT(context.threads()));
    // What the user asked for is a promise, kept by both: three quarters for DuckDB, the rest for
    // reading and writing. Without it DuckDB may use most of the machine, as its users know it.
    const int64_t memory = options.memory > 0 ? options.memory : context.requested_memory() / 4 * 3;
    if (memory > 0) {
      config.SetOptionByName("memory_limit", duckdb::Value(std::to_string(memory >> 10) + "KiB"));
    }
    if (!options.spill_folder.empty()) {
      config.SetOptionByName("temp_directory", duckdb::Value(options.spill_folder));
    }
    // Row groups stay as they were written: to make few of many, DuckDB reads and encodes them anew
    // at a checkpoint, with the memory that it takes.
    config.SetOptionByName("max_vacuum_tasks", duckdb::Value::UBIGINT(0));
    config.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    config.SetOptionByName("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
    std::string path = options.path.empty() ? ":memory:" : options.path;
    if (options.must_exist) path = AsFile(path);
    auto instance =
        Cache().GetOrCreateInstance(path, config,
                                    options.path.empty() ? duckdb::CacheBehavior::NEVER_CACHE
                                                         : duckdb::CacheBehavior::AUTOMATIC);
    // DuckDB's own shared pointer keeps the instance; ours only counts on top of it.
    auto* holder = new duckdb::shared_ptr<duckdb::DuckDB>(std::move(instance));
    return {holder->get(), [holder](duckdb::DuckDB*) { delete holder; }};
  });
  if (!opened.ok()) return CannotOpen(opened.status(), options.path);
  if (const auto id = IdOf(options.path)) OpenFiles()[*id] = {*opened, options.read_only};
  return opened;
}

// Polls, because a signal handler can do no more than set the context's flag.
class DuckDbConnection::Watch {
 public:
  Watch(const Context& context, duckdb::Connection& connection)
      : thread_([this, &context, &connection] {
          std::unique_lock lock(mutex_);
          while (!ended_.wait_for(lock, std::chrono::milliseconds(20), [this] { return end_; })) {
            if (context.stop_requested()) connection.Interrupt();
          }
        }) {}
  ~Watch() {
    {
      const std::lock_guard lock(mutex_);
      end_ = true;
    }
    ended_.notify_one();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

arrow::Result<std::shared_ptr<DuckDbConnection>> DuckDbConnection::Open(
    std::shared_ptr<Context> context, std::shared_ptr<duckdb::DuckDB> database) {
  std::shared_ptr<DuckDbConnection> connection(new DuckDbConnection);
  connection->context_ = std::move(context);
  connection->database_ = std::move(database);
  ARROW_RETURN_NOT_OK(Guarded([&] {
    connection->connection_ = std::make_unique<duckdb::Connection>(*connection->database_);
    connection->watch_ = std::make_unique<Watch>(*connection->context_, *connection->connection_);
  }));
  return connection;
}

DuckDbConnection::~DuckDbConnection() { watch_.reset(); }

arrow::Status DuckDbConnection::Execute(const std::string& sql) {
  return Guarded([&]() -> arrow::Status {
    const auto result = connection_->Query(sql);
    if (result->HasError()) return FromDuckDb(result->GetErrorObject());
    return arrow::Status::OK();
  });
}

arrow::Status AttachDuckDb(DuckDbConnection& connection, const std::string& path,
                           const std::string& name) {
  ARROW_RETURN_NOT_OK(CheckIsFile(path));
  const auto status = connection.Execute("attach " + QuotedLiteral(AsFile(path)) + " as " +
                                         QuotedIdentifier(name) + " (read_only, type duckdb)");
  return status.ok() ? status : CannotOpen(status, path);
}

std::string QuotedIdentifier(std::string_view name) { return Quoted(name, '"'); }
std::string QuotedLiteral(std::string_view text) { return Quoted(text, '\''); }

}  // namespace bowyer
