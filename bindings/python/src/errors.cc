#include "errors.h"

#include <arrow/result.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include "bowyer/error.h"

namespace bowyer::python {

namespace nb = nanobind;

nb::object ErrorOf(const arrow::Status& status) {
  ErrorPlace place;
  if (const auto* detail = DetailOf(status)) place = detail->place();
  nb::dict facts;
  facts["location"] = place.location;
  facts["column"] = place.column;
  facts["line"] = place.line;
  facts["row"] = place.row;
  facts["byte_offset"] = place.byte_offset;
  facts["hint"] = place.hint;
  return nb::module_::import_("bowyer.errors")
      .attr("from_status")(static_cast<int>(CodeOf(status)), status.message(), Describe(status),
                           facts);
}

void Throw(const arrow::Status& status) {
  const nb::object error = ErrorOf(status);
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
  throw nb::python_error();
}

arrow::Status FromPython(const std::exception& error) {
  const std::string text = error.what();
  // The last line says what was raised; the lines before are the way there.
  const auto last = text.find_last_not_of('\n');
  const auto line = text.rfind('\n', last);
  return MakeError(ErrorCode::kData, text.substr(line == std::string::npos ? 0 : line + 1,
                                                 last - (line == std::string::npos ? -1 : line)));
}

}  // namespace bowyer::python
