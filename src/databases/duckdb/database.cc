#include "databases/duckdb/database.h"

#include <chrono>
#include <condition_variable>
#include <duckdb/main/db_instance_cache.hpp>
#include <mutex>
#include <thread>

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

}  // namespace

arrow::Result<std::shared_ptr<duckdb::DuckDB>> OpenDuckDb(const Context& context,
                                                          const DuckDbOptions& options) {
  auto opened = Guarded([&]() -> std::shared_ptr<duckdb::DuckDB> {
    duckdb::DBConfig config;
    config.allocator = CountingAllocator(context);
    if (options.read_only && !options.path.empty()) {
      config.options.access_mode = duckdb::AccessMode::READ_ONLY;
    }
    config.SetOptionByName("threads", duckdb::Value::BIGINT(context.threads()));
    // What the user asked for is a promise; without it DuckDB may use most of the machine, as its
    // users know it.
    if (context.requested_memory() > 0) {
      config.SetOptionByName(
          "memory_limit", duckdb::Value(std::to_string(context.requested_memory() >> 20) + "MiB"));
    }
    if (!options.spill_folder.empty()) {
      config.SetOptionByName("temp_directory", duckdb::Value(options.spill_folder));
    }
    config.SetOptionByName("autoinstall_known_extensions", duckdb::Value::BOOLEAN(false));
    config.SetOptionByName("autoload_known_extensions", duckdb::Value::BOOLEAN(false));
    auto instance =
        Cache().GetOrCreateInstance(options.path.empty() ? ":memory:" : options.path, config,
                                    options.path.empty() ? duckdb::CacheBehavior::NEVER_CACHE
                                                         : duckdb::CacheBehavior::AUTOMATIC);
    // DuckDB's own shared pointer keeps the instance; ours only counts on top of it.
    auto* holder = new duckdb::shared_ptr<duckdb::DuckDB>(std::move(instance));
    return {holder->get(), [holder](duckdb::DuckDB*) { delete holder; }};
  });
  if (!opened.ok()) {
    return WithCode(opened.status(), ErrorCode::kUnavailable, {.location = options.path});
  }
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

std::string QuotedIdentifier(std::string_view name) { return Quoted(name, '"'); }
std::string QuotedLiteral(std::string_view text) { return Quoted(text, '\''); }

}  // namespace bowyer
