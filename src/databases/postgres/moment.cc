#include "databases/postgres/moment.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <string_view>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

// What a session of ours needs: no time-out of the server's ends it, text has one spelling, rows
// come in the order in which they are stored, none is hidden by a policy without an error.
constexpr char kSettings[] =
    "select s.name, s.setting, set_config(s.name, v.value, false) from pg_settings s join (values"
    " ('statement_timeout', '0'), ('lock_timeout', '0'), ('transaction_timeout', '0'),"
    " ('idle_in_transaction_session_timeout', '0'), ('idle_session_timeout', '0'),"
    " ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'), ('extra_float_digits', '1'),"
    " ('bytea_output', 'hex'), ('xmloption', 'content'), ('standard_conforming_strings', 'on'),"
    " ('synchronize_seqscans', 'off'), ('jit', 'off'), ('row_security', 'off'))"
    " as v(name, value) on lower(s.name) = v.name where s.setting <> v.value";

constexpr std::string_view kOldest = " (xmin ";

constexpr char kCounters[] =
    "select c.oid, concat_ws(':', pg_stat_get_tuples_inserted(c.oid),"
    " pg_stat_get_tuples_updated(c.oid), pg_stat_get_tuples_deleted(c.oid),"
    " d.stats_reset)"
    " from pg_class c left join pg_stat_database d on d.datname = current_database()"
    " where c.relkind in ('r', 'm') and current_setting('track_counts') = 'on'";

arrow::Result<std::map<uint32_t, std::string>> ReadCounters(PostgresConnection& connection) {
  ARROW_ASSIGN_OR_RAISE(const PostgresResult rows, connection.Query(kCounters));
  std::map<uint32_t, std::string> counters;
  for (int i = 0; i < rows.rows(); ++i) {
    counters[static_cast<uint32_t>(rows.number(i, 0))] = rows.text(i, 1);
  }
  return counters;
}

}  // namespace

arrow::Result<std::unique_ptr<PostgresConnection>> OpenPostgresSession(
    const std::shared_ptr<Context>& context, const PostgresTarget& target) {
  ARROW_ASSIGN_OR_RAISE(auto connection, PostgresConnection::Open(context, target));
  ARROW_ASSIGN_OR_RAISE(const PostgresResult changed, connection->Query(kSettings));
  context->progress().Detail(2, [&] {
    std::string text = "PostgreSQL: settings of this session:";
    for (int i = 0; i < changed.rows(); ++i) {
      text += " " + changed.text(i, 0) + "=" + changed.text(i, 2);
    }
    return text;
  });
  for (int i = 0; i < changed.rows(); ++i) {
    const std::string name = changed.text(i, 0);
    if (!name.ends_with("_timeout")) continue;
    context->progress().Detail(1, [&] {
      return "PostgreSQL: " + name + " of " + changed.text(i, 1) + " is off for this session";
    });
  }
  return connection;
}

PostgresMoment::Lease::~Lease() {
  if (connection_ != nullptr) moment_->GiveBack(std::move(connection_));
}

arrow::Result<std::shared_ptr<PostgresMoment>> PostgresMoment::Open(
    const std::shared_ptr<Context>& context, const PostgresTarget& target, bool count_writes) {
  std::shared_ptr<PostgresMoment> moment(new PostgresMoment());
  moment->context_ = context;
  moment->target_ = target;
  ARROW_ASSIGN_OR_RAISE(moment->holder_, OpenPostgresSession(context, target));
  moment->server_version_ = moment->holder_->server_version();
  if (count_writes) {
    ARROW_ASSIGN_OR_RAISE(moment->counters_, ReadCounters(*moment->holder_));
  }
  ARROW_RETURN_NOT_OK(moment->Begin());
  if (count_writes) {
    // Who is written to just now has no counters to compare with.
    ARROW_ASSIGN_OR_RAISE(const auto later, ReadCounters(*moment->holder_));
    std::erase_if(moment->counters_, [&](const auto& before) {
      const auto after = later.find(before.first);
      return after == later.end() || after->second != before.second;
    });
  }
  return moment;
}

arrow::Status PostgresMoment::Begin() {
  constexpr char kBegin[] = "begin transaction isolation level repeatable read, read only";
  ARROW_RETURN_NOT_OK(holder_->Execute(kBegin));
  const auto exported = holder_->Query("select pg_export_snapshot()");
  if (exported.ok()) {
    shared_ = true;
    exported_ = name_ = exported->text(0, 0);
    ARROW_RETURN_NOT_OK(TakeOldestTransaction());
    context_->progress().Detail(1, [&] { return "PostgreSQL: snapshot " + name_; });
    return arrow::Status::OK();
  }
  if (!holder_->alive()) return exported.status();
  // A server that gives none: all is read by the one connection.
  name_ = "of one connection (" + exported.status().message() + ")";
  context_->progress().Note("the server exports no snapshot: one connection reads all tables");
  ARROW_RETURN_NOT_OK(holder_->Execute("rollback"));
  ARROW_RETURN_NOT_OK(holder_->Execute(kBegin));
  return TakeOldestTransaction();  // the moment is that of the first statement
}

arrow::Status PostgresMoment::TakeOldestTransaction() {
  ARROW_ASSIGN_OR_RAISE(const PostgresResult oldest,
                        holder_->Query("select txid_snapshot_xmin(txid_current_snapshot())"));
  name_ += fmt::format("{}{})", kOldest, oldest.number(0, 0));
  return arrow::Status::OK();
}

std::optional<int64_t> PostgresMoment::OldestTransaction(const std::string& name) {
  const size_t at = name.rfind(kOldest);
  if (at == std::string::npos || !name.ends_with(')')) return std::nullopt;
  const char* const end = name.data() + name.size() - 1;
  int64_t oldest = 0;
  const auto [stop, error] = std::from_chars(name.data() + at + kOldest.size(), end, oldest);
  return error == std::errc() && stop == end ? std::optional(oldest) : std::nullopt;
}

arrow::Result<PostgresResult> PostgresMoment::Query(const std::string& sql) {
  std::unique_lock lock(mutex_);
  while (holder_ == nullptr) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    given_back_.wait_for(lock, std::chrono::milliseconds(100));
  }
  ARROW_RETURN_NOT_OK(holder_->Execute("savepoint bowyer"));
  auto result = holder_->Query(sql);
  if (!holder_->alive()) return result;
  ARROW_RETURN_NOT_OK(
      holder_->Execute(result.ok() ? "release savepoint bowyer" : "rollback to savepoint bowyer"));
  return result;
}

arrow::Result<PostgresMoment::Lease> PostgresMoment::Take() {
  std::unique_lock lock(mutex_);
  if (!shared_) {
    while (holder_ == nullptr) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      given_back_.wait_for(lock, std::chrono::milliseconds(100));
    }
    if (!holder_->alive()) {
      return MakeError(ErrorCode::kPeer, "the connection that held the snapshot was lost",
                       {.location = target_.shown});
    }
    return Lease(shared_from_this(), std::move(holder_));
  }
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return Lease(shared_from_this(), std::move(connection));
  }
  lock.unlock();
  ARROW_ASSIGN_OR_RAISE(auto connection, OpenPostgresSession(context_, target_));
  const auto taken = connection->Execute(
      "begin transaction isolation level repeatable read, read only; set transaction snapshot " +
      PostgresText(exported_));
  if (!taken.ok()) {
    if (!connection->alive()) return taken;
    return MakeError(ErrorCode::kPeer,
                     "the connection that held the snapshot was lost: " + taken.message(),
                     {.location = target_.shown, .hint = "start again, under a new snapshot"});
  }
  return Lease(shared_from_this(), std::move(connection));
}

void PostgresMoment::GiveBack(std::unique_ptr<PostgresConnection> connection) {
  const std::lock_guard lock(mutex_);
  const bool usable = connection->alive() && !connection->busy() &&
                      PQtransactionStatus(connection->get()) == PQTRANS_INTRANS;
  if (!shared_) {
    holder_ = std::move(connection);  // also a broken one, which says so when it is used
    given_back_.notify_all();
  } else if (usable) {
    idle_.push_back(std::move(connection));
  }
}

const std::string* PostgresMoment::counters(uint32_t oid) const {
  const auto found = counters_.find(oid);
  return found == counters_.end() ? nullptr : &found->second;
}

}  // namespace bowyer
