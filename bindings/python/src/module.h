// The parts of the module, and what they share.
#pragma once

#include <arrow/type_fwd.h>
#include <nanobind/nanobind.h>

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "bowyer/context.h"
#include "bowyer/lazy_frame.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "run.h"

namespace bowyer::python {

namespace nb = nanobind;

void DefineExpressions(nb::module_& module);
void DefineFrames(nb::module_& module);
void DefineEngine(nb::module_& module);
void DefineTasks(nb::module_& module);
void DefineChannels(nb::module_& module);
void DefineServe(nb::module_& module);

// What a table is read from; sources.py decides which of these an object is.
struct LocationSource {
  Location location;
  ReadOptions options;
};
struct StreamSource {
  std::shared_ptr<arrow::Schema> schema;
  StreamOpener open;
};
struct Source {
  std::string name;  // for messages and SQL
  std::variant<LocationSource, std::shared_ptr<arrow::Table>, StreamSource> from;
};

// A type of Arrow's (anything with __arrow_c_schema__) or its name, "decimal(12,2)".
std::shared_ptr<arrow::DataType> ToType(nb::handle type);

// Options by their names in Python; a name that is none is a TypeError.
Location ToLocation(const std::string& text);
ReadOptions ToReadOptions(const nb::dict& options);
WriteOptions ToWriteOptions(const nb::dict& options);
IfExists ToIfExists(const std::string& word);

// Takes options out of a dict one by one.
class Taken {
 public:
  explicit Taken(const nb::dict& options) : left_(nb::cast<nb::dict>(options.attr("copy")())) {}

  // Does nothing when the option is not there, or None.
  template <typename Use>
  void Take(const char* name, Use use) {
    if (!left_.contains(name)) return;
    const nb::object value = left_.attr("pop")(name);
    if (!value.is_none()) use(value);
  }
  template <typename T>
  void Set(const char* name, T* out) {
    Take(name, [&](nb::handle value) { *out = Cast<T>(name, value); });
  }
  template <typename T>
  void Set(const char* name, std::optional<T>* out) {
    Take(name, [&](nb::handle value) { *out = Cast<T>(name, value); });
  }
  template <typename T>
  static T Cast(const char* name, nb::handle value);
  void CheckNoneLeft() const;

 private:
  nb::dict left_;
};

[[noreturn]] void ThrowTypeError(const char* option, nb::handle value);

template <typename T>
T Taken::Cast(const char* name, nb::handle value) {
  T cast{};
  if (!nb::try_cast(value, cast)) ThrowTypeError(name, value);
  return cast;
}

}  // namespace bowyer::python

// Python holds contexts as Held<Context>: nanobind's own caster would tie the context's end to the
// GIL.
template <>
struct nanobind::detail::type_caster<std::shared_ptr<bowyer::Context>> {
  NB_TYPE_CASTER(std::shared_ptr<bowyer::Context>, const_name("Context"))
  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    const bowyer::python::Held<bowyer::Context>* held = nullptr;
    if (!nanobind::try_cast(source, held)) return false;
    value = held->unchecked();
    return true;
  }
};
