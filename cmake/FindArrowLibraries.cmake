# Arrow and Parquet: a system install when there is one, otherwise the headers and libraries that
# the pyarrow wheel of BOWYER_PYTHON carries. Defines bowyer::arrow and BOWYER_ARROW_LIBRARIES
# (the files to ship beside an installed Bowyer; empty for a system install).
find_package(Arrow 20 CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
add_library(bowyer_arrow INTERFACE)
add_library(bowyer::arrow ALIAS bowyer_arrow)
set(BOWYER_ARROW_LIBRARIES "")
set(BOWYER_ARROW_INCLUDE "")

if(Arrow_FOUND AND Parquet_FOUND)
  find_package(ArrowCompute CONFIG QUIET)
  target_link_libraries(bowyer_arrow INTERFACE Arrow::arrow_shared Parquet::parquet_shared)
  if(TARGET ArrowCompute::arrow_compute_shared)
    target_link_libraries(bowyer_arrow INTERFACE ArrowCompute::arrow_compute_shared)
  endif()
else()
  set(BOWYER_PYTHON python3 CACHE FILEPATH "Python whose pyarrow carries Arrow")
  execute_process(
    COMMAND ${BOWYER_PYTHON} -c "import pyarrow, os; print(os.path.dirname(pyarrow.__file__))"
    OUTPUT_VARIABLE pyarrow_dir OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "Neither Arrow C++ nor the pyarrow wheel was found; run ./dev build")
  endif()
  set(BOWYER_ARROW_INCLUDE ${pyarrow_dir}/include)
  foreach(name arrow parquet arrow_compute)
    file(GLOB library ${pyarrow_dir}/lib${name}.so.*)
    if(NOT library)
      message(FATAL_ERROR "lib${name} is not in ${pyarrow_dir}")
    endif()
    list(APPEND BOWYER_ARROW_LIBRARIES ${library})
  endforeach()
  target_include_directories(bowyer_arrow SYSTEM INTERFACE
    $<BUILD_INTERFACE:${BOWYER_ARROW_INCLUDE}>)
  target_link_libraries(bowyer_arrow INTERFACE ${BOWYER_ARROW_LIBRARIES})
endif()
