// bowyer._bowyer: the few functions of C++ that the package's modules in Python are written with.
#include "module.h"

#include "arrow_c.h"
#include "run.h"

NB_MODULE(_bowyer, module) {
  using namespace bowyer::python;
  // Objects that still live when the interpreter ends are no fault: EndAll has closed them.
  nb::set_leak_warnings(false);
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&EndAll));
  DefineArrow(module);
  DefineExpressions(module);
  DefineFrames(module);
  DefineEngine(module);
  DefineTasks(module);
  DefineChannels(module);
  DefineServe(module);
}
