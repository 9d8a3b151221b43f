// An Arrow Flight server that lives as long as its object in Python.
#include "bowyer/serve.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>

#include <csignal>

#include "bowyer/error.h"
#include "errors.h"
#include "module.h"

namespace bowyer::python {

using nb::literals::operator""_a;

namespace {

class OpenServer : public Ending {
 public:
  OpenServer(std::shared_ptr<Context> context, std::unique_ptr<FlightServer> server)
      : context_(std::move(context)), server_(std::move(server)) {}
  void End() override {
    context_->RequestStop(SIGTERM);
    const std::lock_guard lock(mutex_);
    server_.reset();
  }

 private:
  const std::shared_ptr<Context> context_;
  std::mutex mutex_;
  std::unique_ptr<FlightServer> server_;
};

class Server {
 public:
  Server(const std::shared_ptr<Context>& context, const std::map<std::string, std::string>& tables,
         const nb::dict& read, const nb::dict& options)
      : open_(Open(context, tables, read, options, &port_)) {
    EndWithInterpreter(open_.get());
  }

  int port() const { return port_; }
  void Close() const {
    const auto& open = open_.get();
    const WithoutGil without_gil;
    open->End();
  }

 private:
  static std::shared_ptr<OpenServer> Open(const std::shared_ptr<Context>& context,
                                          const std::map<std::string, std::string>& tables,
                                          const nb::dict& read, const nb::dict& options,
                                          int* port) {
    ServeOptions serve;
    Taken taken(options);
    taken.Set("host", &serve.host);
    taken.Set("port", &serve.port);
    taken.Set("certificate", &serve.certificate);
    taken.Set("key", &serve.key);
    taken.Set("plaintext", &serve.plaintext);
    taken.Set("token", &serve.token);
    taken.Set("allow_put", &serve.allow_put);
    taken.Set("sql", &serve.sql);
    taken.CheckNoneLeft();
    std::vector<std::pair<std::string, Location>> located;
    for (const auto& [name, location] : tables) located.emplace_back(name, ToLocation(location));
    const auto read_options = ToReadOptions(read);
    auto server = Run(context, nb::none(),
                      [&] { return FlightServer::Start(context, located, read_options, serve); });
    *port = server->port();
    return std::make_shared<OpenServer>(context, std::move(server));
  }

  int port_ = 0;
  Held<OpenServer> open_;
};

}  // namespace

void DefineServe(nb::module_& module) {
  nb::class_<Server>(module, "Server")
      .def(nb::init<const std::shared_ptr<Context>&, const std::map<std::string, std::string>&,
                    const nb::dict&, const nb::dict&>(),
           "context"_a, "tables"_a, "read"_a, "options"_a)
      .def_prop_ro("port", &Server::port)
      .def("close", &Server::Close);
}

}  // namespace bowyer::python
