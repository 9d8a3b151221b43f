#include "databases/postgres/connection.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <future>
#include <thread>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/postgres/wire.h"

namespace bowyer {
namespace {

constexpr int kPollMilliseconds = 100;  // how late a stop may be noticed
// Of rows, before they are looked at: few enough for a core's cache.
constexpr size_t kGatheredBytes = size_t{128} << 10;
// In which a server sends some 50 KiB of rows, a quarter of what a socket holds.
constexpr std::chrono::microseconds kFillTime{400};
constexpr std::chrono::seconds kConnectLimit{30};

std::string Trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  return std::string(text);
}

int64_t Number(const char* text) {
  int64_t number = 0;
  std::from_chars(text, text + std::char_traits<char>::length(text), number);
  return number;
}

ErrorCode CodeOfState(std::string_view state) {
  const std::string_view type = state.substr(0, 2);
  if (state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05" ||
      state == "25P03" || state == "25P04" || type == "08" || state == "40001") {
    return ErrorCode::kPeer;
  }
  if (type == "53" || state == "57014" || state == "55P03") return ErrorCode::kResources;
  if (type == "28" || type == "3D" || type == "3F" || type == "55" || state == "42501" ||
      state == "42P01" || state == "42P07") {
    return ErrorCode::kUnavailable;
  }
  if (type == "22" || type == "23" || type == "54" || state == "XX001" || state == "XX002") {
    return ErrorCode::kData;
  }
  if (type == "42" || type == "0A" || type == "26" || type == "34") return ErrorCode::kUsage;
  return ErrorCode::kUnavailable;
}

std::string HintOf(std::string_view state) {
  if (state == "57014") return "the server's statement_timeout, or somebody, ended the statement";
  if (state == "55P03") return "somebody else reads or writes the table and has not ended";
  if (state == "53300") return "try fewer --threads, or --jobs";
  if (state == "42501") return "try a user that may read it";
  return "";
}

}  // namespace

arrow::Result<PostgresTarget> PostgresTarget::From(const Location& location) {
  PostgresTarget target;
  Location shown = location;
  shown.options.erase("query");
  target.shown = shown.Redacted();
  const std::string uri = "postgresql://" + location.path;
  char* message = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(uri.c_str(), &message);
  if (parsed == nullptr) {
    // libpq repeats what it could not read, which may be the password.
    PQfreemem(message);
    return MakeError(ErrorCode::kUsage, "is no location of a PostgreSQL server",
                     {.location = target.shown,
                      .hint = "postgresql://USER@HOST:PORT/DATABASE, with %XX for characters that "
                              "have a meaning there"});
  }
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    target.parameters.emplace_back(option->keyword, option->val);
  }
  PQconninfoFree(parsed);
  for (const auto& [name, value] : location.options) {
    if (name == "query") continue;
    if (name == "read_timeout") {
      int seconds = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (error != std::errc() || end != value.data() + value.size() || seconds <= 0) {
        return MakeError(ErrorCode::kUsage, "read_timeout is a number of seconds",
                         {.location = target.shown});
      }
      target.read_timeout_seconds = seconds;
      continue;
    }
    target.parameters.emplace_back(name, value);
  }
  // A misspelt option is told by its name alone: the value may be a secret.
  std::vector<std::string> known = {"query", "read_timeout"};
  PQconninfoOption* defaults = PQconndefaults();
  for (const PQconninfoOption* option = defaults; option && option->keyword; ++option) {
    known.emplace_back(option->keyword);
  }
  PQconninfoFree(defaults);
  for (const auto& [name, value] : location.options) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return MakeError(ErrorCode::kUsage,
                     "PostgreSQL has no option " + Quoted(name) + DidYouMean(name, known),
                     {.location = target.shown});
  }
  return target;
}

int64_t PostgresResult::number(int row, int column) const {
  return Number(PQgetvalue(result_.get(), row, column));
}

int64_t PostgresResult::affected() const {
  return Number(PQcmdTuples(const_cast<PGresult*>(result_.get())));
}

namespace {

// `field` gives one by its code, "" for none.
template <typename Field>
arrow::Status FromFields(Field field, const std::string& location) {
  const std::string state = field(PG_DIAG_SQLSTATE);
  std::string hint = HintOf(state);
  for (const int code : {PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT, PG_DIAG_CONTEXT}) {
    const std::string more = field(code);
    if (more.empty()) continue;
    hint += (hint.empty() ? "" : "\n") + Printable(more, 300);
  }
  std::string text = "PostgreSQL: " + Printable(field(PG_DIAG_MESSAGE_PRIMARY), 500);
  if (!state.empty()) text += " (SQLSTATE " + Printable(state) + ")";
  return MakeError(state.empty() ? ErrorCode::kPeer : CodeOfState(state), std::move(text),
                   {.location = location, .hint = std::move(hint)});
}

}  // namespace

arrow::Status FromPostgres(const PGresult* result, const std::string& location) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    // Errors of libpq's own have no fields.
    if (text == nullptr && code == PG_DIAG_MESSAGE_PRIMARY) {
      return Trimmed(PQresultErrorMessage(result));
    }
    return std::string(text == nullptr ? "" : text);
  };
  return FromFields(field, location);
}

std::string PostgresName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string PostgresText(std::string_view text) {
  // Every session of ours has standard_conforming_strings on.
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

arrow::Result<std::unique_ptr<PostgresConnection>> PostgresConnection::Open(
    std::shared_ptr<Context> context, const PostgresTarget& target) {
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection());
  connection->context_ = std::move(context);
  connection->shown_ = target.shown;
  connection->read_timeout_ = std::chrono::seconds(target.read_timeout_seconds);
  ARROW_RETURN_NOT_OK(connection->Connect(target));
  return connection;
}

arrow::Status PostgresConnection::Connect(const PostgresTarget& target) {
  std::vector<const char*> names, values;
  const auto has = [&](std::string_view name) {
    return std::any_of(target.parameters.begin(), target.parameters.end(),
                       [&](const auto& parameter) { return parameter.first == name; });
  };
  for (const auto& [name, value] : target.parameters) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  // A host that is gone is noticed by the kernel, however long a query may compute.
  constexpr std::pair<const char*, const char*> kOurs[] = {
      {"keepalives_idle", "30"},   {"keepalives_interval", "10"},
      {"keepalives_count", "3"},   {"tcp_user_timeout", "60000"},
      {"client_encoding", "UTF8"}, {"fallback_application_name", "bowyer"},
  };
  for (const auto& [name, value] : kOurs) {
    if (has(name)) continue;
    names.push_back(name);
    values.push_back(value);
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
  const auto failed = [&](std::string message) {
    return MakeError(ErrorCode::kUnavailable, std::move(message), {.location = shown_});
  };
  if (connection_ == nullptr) return arrow::Status::OutOfMemory("libpq has no memory");
  if (PQstatus(connection_.get()) == CONNECTION_BAD) {
    return failed("no connection: " + Printable(Trimmed(PQerrorMessage(connection_.get())), 500));
  }
  // Notices of the server go nowhere.
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  std::chrono::seconds limit = kConnectLimit;
  for (const auto& [name, value] : target.parameters) {
    if (name == "connect_timeout") limit = std::chrono::seconds(Number(value.c_str()));
  }
  if (const char* value = std::getenv("PGCONNECT_TIMEOUT"); value != nullptr && *value != '\0') {
    limit = std::chrono::seconds(Number(value));
  }
  const auto start = std::chrono::steady_clock::now();
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) {
      return failed("no connection: " + Printable(Trimmed(PQerrorMessage(connection_.get())), 500));
    }
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (limit.count() > 0 && std::chrono::steady_clock::now() - start > limit) {
      return failed(fmt::format("no connection: no answer within {} s", limit.count()));
    }
    pollfd wait = {.fd = PQsocket(connection_.get()),
                   .events = static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT)};
    if (::poll(&wait, 1, kPollMilliseconds) > 0) state = PQconnectPoll(connection_.get());
  }
  last_byte_ = std::chrono::steady_clock::now();
  if (PQsetnonblocking(connection_.get(), 1) != 0) return Lost();
  return arrow::Status::OK();
}

PostgresConnection::~PostgresConnection() {
  if (busy_ && alive()) Cancel();
}

void PostgresConnection::Cancel() {
  PGcancel* cancel = PQgetCancel(connection_.get());
  if (cancel == nullptr) return;
  // PQcancel waits for the server, which may have stopped answering: not longer than this.
  auto done = std::make_shared<std::promise<void>>();
  auto finished = done->get_future();
  std::thread([cancel, done] {
    char message[256];
    PQcancel(cancel, message, sizeof(message));
    PQfreeCancel(cancel);
    done->set_value();
  }).detach();
  finished.wait_for(std::chrono::seconds(2));
}

arrow::Status PostgresConnection::Lost(std::string why) {
  // What follows the first line is advice to whoever runs the server.
  std::string message = why.empty() ? PQerrorMessage(connection_.get()) : std::move(why);
  message = Trimmed(message.substr(0, message.find('\n')));
  broken_ = true;
  busy_ = false;
  // libpq's own memory, not the server's.
  if (message == "out of memory") {
    return MakeError(ErrorCode::kResources, "there is no memory for what the server sends",
                     {.location = shown_, .hint = "try fewer --jobs"});
  }
  return MakeError(ErrorCode::kPeer,
                   "the connection to the server was lost" +
                       (message.empty() ? "" : ": " + Printable(message, 500)),
                   {.location = shown_});
}

arrow::Status PostgresConnection::Wait(bool for_writing) {
  for (;;) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    const int socket = PQsocket(connection_.get());
    if (socket < 0) return Lost();
    pollfd wait = {.fd = socket,
                   .events = static_cast<short>(POLLIN | (for_writing ? POLLOUT : 0))};
    const int ready = ::poll(&wait, 1, kPollMilliseconds);
    if (ready < 0 && errno != EINTR) return Lost();
    if (ready > 0) {
      last_byte_ = std::chrono::steady_clock::now();
      return arrow::Status::OK();
    }
    if (std::chrono::steady_clock::now() - last_byte_ > read_timeout_) {
      broken_ = true;
      return MakeError(
          ErrorCode::kResources,
          fmt::format("the server sent nothing for {} s", read_timeout_.count()),
          {.location = shown_,
           .hint = "for a query that computes longer, add read_timeout=SECONDS to the location"});
    }
  }
}

arrow::Status PostgresConnection::Flush() {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return arrow::Status::OK();
    if (left < 0) return Lost();
    ARROW_RETURN_NOT_OK(Wait(/*for_writing=*/true));
    // What the server says meanwhile has to be taken, or both wait for each other.
    if (PQconsumeInput(connection_.get()) == 0) return Lost();
  }
}

void PostgresConnection::Announce(const std::string& sql) {
  last_byte_ = std::chrono::steady_clock::now();
  context_->progress().Detail(2, [&] { return "PostgreSQL: " + Printable(sql, 2000); });
}

arrow::Status PostgresConnection::Send(const std::string& sql) {
  if (!alive()) return Lost();
  Announce(sql);
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) return Lost();
  busy_ = true;
  return Flush();
}

arrow::Result<PostgresResult> PostgresConnection::NextResult(bool* end) {
  while (PQisBusy(connection_.get()) != 0) {
    ARROW_RETURN_NOT_OK(Wait(/*for_writing=*/false));
    if (PQconsumeInput(connection_.get()) == 0) return Lost();
  }
  PostgresResult result(PQgetResult(connection_.get()));
  *end = result.get() == nullptr;
  if (*end) busy_ = false;
  return result;
}

// Takes all results up to the end; the first error is what counts.
arrow::Result<PostgresResult> PostgresConnection::LastResult() {
  PostgresResult last(nullptr);
  arrow::Status error;
  for (;;) {
    bool end = false;
    ARROW_ASSIGN_OR_RAISE(PostgresResult result, NextResult(&end));
    if (end) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      return MakeError(ErrorCode::kUsage, "COPY is no query", {.location = shown_});
    }
    const bool fine = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (!fine && error.ok()) {
      error = PQstatus(connection_.get()) == CONNECTION_OK && status == PGRES_FATAL_ERROR
                  ? FromPostgres(result.get(), shown_)
                  : Lost();
    }
    last = std::move(result);
  }
  if (!error.ok()) return error;
  if (last.get() == nullptr) return Lost();
  return last;
}

arrow::Result<PostgresResult> PostgresConnection::Query(const std::string& sql) {
  ARROW_RETURN_NOT_OK(Send(sql));
  return LastResult();
}

arrow::Result<PostgresResult> PostgresConnection::Describe(const std::string& sql) {
  if (!alive()) return Lost();
  last_byte_ = std::chrono::steady_clock::now();
  if (PQsendPrepare(connection_.get(), "", sql.c_str(), 0, nullptr) == 0) return Lost();
  busy_ = true;
  ARROW_RETURN_NOT_OK(Flush());
  ARROW_RETURN_NOT_OK(LastResult().status());
  if (PQsendDescribePrepared(connection_.get(), "") == 0) return Lost();
  busy_ = true;
  ARROW_RETURN_NOT_OK(Flush());
  return LastResult();
}

// A server spends 6 % less on the rows of a query than on those of COPY, which look alike. But
// libpq, where it is needed, has no way to hand on only their bytes.
arrow::Status PostgresConnection::BeginRows(const std::string& select) {
  if (!alive()) return Lost();
  copied_size_ = 0;
  flows_ = false;
  messages_.reset();
  if (PQsslInUse(connection_.get()) == 0 && PQgssEncInUse(connection_.get()) == 0) {
    messages_.emplace();
    Announce(select);
    busy_ = true;
    ARROW_RETURN_NOT_OK(AddCopied(kCopyHead));
    return SendPastLibpq(RowMessages::Query(select));
  }
  ARROW_RETURN_NOT_OK(Send("copy (" + select + ") to stdout (format binary)"));
  bool end = false;
  ARROW_ASSIGN_OR_RAISE(const PostgresResult result, NextResult(&end));
  if (!end && PQresultStatus(result.get()) == PGRES_COPY_OUT) return arrow::Status::OK();
  const auto status = !end && PQstatus(connection_.get()) == CONNECTION_OK
                          ? FromPostgres(result.get(), shown_)
                          : Lost();
  while (!end && alive()) ARROW_RETURN_NOT_OK(NextResult(&end).status());
  return status;
}

// libpq, which waits for no answer, has nothing to send and nothing to read then.
arrow::Status PostgresConnection::SendPastLibpq(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(PQsocket(connection_.get()), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    if (sent >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Lost(std::strerror(errno));
    ARROW_RETURN_NOT_OK(Wait(/*for_writing=*/true));
  }
  return arrow::Status::OK();
}

arrow::Result<CopyBytes> PostgresConnection::MoreRows(size_t used) {
  copied_size_ -= used;
  if (copied_size_ > 0) std::memmove(copied_.get(), copied_.get() + used, copied_size_);
  const size_t enough = copied_size_ + kGatheredBytes;
  bool more = true;
  while (more && copied_size_ < enough) {
    ARROW_ASSIGN_OR_RAISE(more, messages_.has_value() ? Receive() : ReceiveFromLibpq());
  }
  flows_ = true;
  return CopyBytes{.data = copied_.get(), .size = copied_size_, .ended = !more};
}

arrow::Result<bool> PostgresConnection::Receive() {
  if (copied_capacity_ - copied_size_ < kGatheredBytes) {
    // What a row still lacks, but not more than has already come.
    ARROW_RETURN_NOT_OK(ReserveCopied(std::min(messages_->missing(), copied_size_)));
  }
  uint8_t* const free = copied_.get() + copied_size_;
  const ssize_t received =
      ::recv(PQsocket(connection_.get()), free, copied_capacity_ - copied_size_, 0);
  if (received < 0) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return Lost(std::strerror(errno));
    // Who empties a busy server's buffer as fast as it is filled makes both stop for each 8 KiB.
    if (flows_) std::this_thread::sleep_for(kFillTime);
    ARROW_RETURN_NOT_OK(Wait(/*for_writing=*/false));
    return true;
  }
  if (received == 0) {
    auto lost = Lost("server closed the connection unexpectedly");
    return messages_->error().empty() ? lost : EndOfRows();
  }
  const auto taken = messages_->Take(free, static_cast<size_t>(received));
  if (!taken.ok()) {
    broken_ = true;
    busy_ = false;
    return AtPlace(taken.status(), {.location = shown_});
  }
  copied_size_ += *taken;
  if (!messages_->ended()) return true;
  busy_ = false;
  ARROW_RETURN_NOT_OK(EndOfRows());
  ARROW_RETURN_NOT_OK(AddCopied(kCopyEnd));
  return false;
}

// The error that the server sent, if it did.
arrow::Status PostgresConnection::EndOfRows() {
  if (messages_->error().empty()) return arrow::Status::OK();
  // libpq has not seen that the transaction failed: the answer to an empty command says it.
  if (alive()) (void)Execute("");
  return FromFields(
      [&](int code) {
        const auto found = messages_->error().find(static_cast<char>(code));
        return found == messages_->error().end() ? std::string() : found->second;
      },
      shown_);
}

arrow::Result<bool> PostgresConnection::ReceiveFromLibpq() {
  char* data = nullptr;
  const int size = PQgetCopyData(connection_.get(), &data, /*async=*/1);
  if (size > 0) {
    const std::unique_ptr<char, void (*)(void*)> row(data, PQfreemem);
    ARROW_RETURN_NOT_OK(AddCopied({data, static_cast<size_t>(size)}));
    return true;
  }
  if (size == 0) {
    ARROW_RETURN_NOT_OK(Wait(/*for_writing=*/false));
    if (PQconsumeInput(connection_.get()) == 0) return Lost();
    return true;
  }
  if (size == -2) return Lost();
  ARROW_RETURN_NOT_OK(LastResult().status());
  return false;
}

arrow::Status PostgresConnection::AddCopied(std::string_view bytes) {
  if (copied_capacity_ - copied_size_ < bytes.size()) {
    ARROW_RETURN_NOT_OK(ReserveCopied(bytes.size()));
  }
  std::memcpy(copied_.get() + copied_size_, bytes.data(), bytes.size());
  copied_size_ += bytes.size();
  return arrow::Status::OK();
}

arrow::Status PostgresConnection::ReserveCopied(size_t more) {
  more = std::max(more, 2 * kGatheredBytes);
  const size_t capacity = copied_size_ + more;
  auto* const grown = static_cast<uint8_t*>(std::realloc(copied_.get(), capacity));
  if (grown == nullptr) return Lost("out of memory");
  (void)copied_.release();
  copied_.reset(grown);
  copied_capacity_ = capacity;
  return arrow::Status::OK();
}

arrow::Status PostgresConnection::BeginCopyIn(const std::string& sql) {
  ARROW_RETURN_NOT_OK(Send(sql));
  bool end = false;
  ARROW_ASSIGN_OR_RAISE(const PostgresResult result, NextResult(&end));
  if (!end && PQresultStatus(result.get()) == PGRES_COPY_IN) return arrow::Status::OK();
  const auto status = !end && PQstatus(connection_.get()) == CONNECTION_OK
                          ? FromPostgres(result.get(), shown_)
                          : Lost();
  while (!end && alive()) ARROW_RETURN_NOT_OK(NextResult(&end).status());
  return status;
}

arrow::Status PostgresConnection::CopyIn(std::string_view bytes) {
  constexpr size_t kMost = size_t{1} << 20;
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kMost);
    const int taken = PQputCopyData(connection_.get(), part.data(), static_cast<int>(part.size()));
    if (taken < 0) return Lost();
    if (taken == 0) {
      ARROW_RETURN_NOT_OK(Wait(/*for_writing=*/true));
      if (PQconsumeInput(connection_.get()) == 0) return Lost();
      continue;
    }
    bytes.remove_prefix(part.size());
    last_byte_ = std::chrono::steady_clock::now();
    ARROW_RETURN_NOT_OK(Flush());
  }
  return context_->CheckStop();
}

arrow::Result<int64_t> PostgresConnection::EndCopyIn() {
  for (;;) {
    const int taken = PQputCopyEnd(connection_.get(), nullptr);
    if (taken < 0) return Lost();
    if (taken > 0) break;
    ARROW_RETURN_NOT_OK(Wait(/*for_writing=*/true));
  }
  ARROW_RETURN_NOT_OK(Flush());
  ARROW_ASSIGN_OR_RAISE(const PostgresResult result, LastResult());
  return result.affected();
}

std::string PostgresConnection::parameter(const char* name) const {
  const char* value = PQparameterStatus(connection_.get(), name);
  return value == nullptr ? "" : value;
}

}  // namespace bowyer
