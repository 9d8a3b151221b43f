// Channels through shared memory: producers; consumers are Readers.
#include "bowyer/channel.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <csignal>

#include "arrow_c.h"
#include "bowyer/error.h"
#include "errors.h"
#include "module.h"

namespace bowyer::python {

using nb::literals::operator""_a;

namespace {

class OpenProducer : public Ending {
 public:
  OpenProducer(std::shared_ptr<Context> context, std::unique_ptr<ChannelProducer> producer)
      : context_(std::move(context)), producer_(std::move(producer)) {}

  const std::shared_ptr<Context>& context() const { return context_; }

  arrow::Result<int64_t> Write(arrow::RecordBatchReader& reader) {
    const std::lock_guard lock(mutex_);
    int64_t rows = 0;
    while (true) {
      if (producer_ == nullptr) return MakeError(ErrorCode::kUsage, "this channel was closed");
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(reader.ReadNext(&batch));
      if (batch == nullptr) return rows;
      ARROW_RETURN_NOT_OK(producer_->Write(*batch));
      rows += batch->num_rows();
    }
  }
  arrow::Status Finish() {
    const std::lock_guard lock(mutex_);
    if (producer_ == nullptr) return MakeError(ErrorCode::kUsage, "this channel was closed");
    const auto producer = std::move(producer_);
    return producer->Finish();
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    producer_.reset();
  }
  void End() override {
    context_->RequestStop(SIGTERM);
    Close();
  }

 private:
  const std::shared_ptr<Context> context_;
  std::mutex mutex_;
  std::unique_ptr<ChannelProducer> producer_;
};

class Producer {
 public:
  Producer(const std::shared_ptr<Context>& context, const std::string& location, nb::handle schema)
      : open_(Open(context, ToLocation(location), ImportSchema(schema))) {
    EndWithInterpreter(open_.get());
  }

  int64_t Write(nb::handle has_stream) const {
    const auto reader = ImportStream(has_stream);
    const auto& open = open_.get();
    return Run(open->context(), nb::none(), [&] { return open->Write(*reader); });
  }
  void Finish() const {
    const auto& open = open_.get();
    RunStatus(open->context(), nb::none(), [&] { return open->Finish(); });
  }
  void Close() const {
    const auto& open = open_.get();
    const WithoutGil without_gil;
    open->Close();
  }

 private:
  static std::shared_ptr<OpenProducer> Open(const std::shared_ptr<Context>& context,
                                            const Location& location,
                                            const std::shared_ptr<arrow::Schema>& schema) {
    auto producer =
        Run(context, nb::none(), [&] { return Channel::Produce(context, location, schema); });
    return std::make_shared<OpenProducer>(context, std::move(producer));
  }
  Held<OpenProducer> open_;
};

Reader Consume(const std::shared_ptr<Context>& context, const std::string& location) {
  const auto from = ToLocation(location);
  return {context, Run(context, nb::none(), [&] { return Channel::Consume(context, from); })};
}

const char* StateName(ChannelFacts::State state) {
  switch (state) {
    case ChannelFacts::State::kOpen:
      return "open";
    case ChannelFacts::State::kSilent:
      return "silent";
    case ChannelFacts::State::kStale:
      return "stale";
  }
  return "";
}

nb::list List(const std::shared_ptr<Context>& context) {
  nb::list out;
  for (const auto& channel : Run(context, nb::none(), [&] { return Channel::List(context); })) {
    nb::dict one;
    one["name"] = channel.name;
    one["state"] = StateName(channel.state);
    one["pid"] = channel.pid;
    one["broadcast"] = channel.broadcast;
    one["batches_queued"] = channel.batches_queued;
    one["bytes_used"] = channel.bytes_used;
    one["bytes_limit"] = channel.bytes_limit;
    one["batches"] = channel.batches;
    one["rows"] = channel.rows;
    one["bytes"] = channel.bytes;
    one["seconds"] = channel.seconds;
    nb::list peers;
    for (const auto& peer : channel.peers) {
      nb::dict known;
      known["pid"] = peer.pid;
      known["role"] = peer.is_producer ? "producer" : "consumer";
      known["ended"] = peer.ended;
      known["batches"] = peer.batches;
      known["rows"] = peer.rows;
      known["bytes_held"] = peer.bytes_held;
      peers.append(known);
    }
    one["peers"] = peers;
    out.append(one);
  }
  return out;
}

}  // namespace

void DefineChannels(nb::module_& module) {
  nb::class_<Producer>(module, "Producer")
      .def(nb::init<const std::shared_ptr<Context>&, const std::string&, nb::handle>(), "context"_a,
           "location"_a, "schema"_a)
      .def("write", &Producer::Write, "batches"_a)
      .def("finish", &Producer::Finish)
      .def("close", &Producer::Close);
  module.def("consume", &Consume, "context"_a, "location"_a);
  module.def("channels", &List, "context"_a);
}

}  // namespace bowyer::python
