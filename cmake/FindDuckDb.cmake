# DuckDB: the shared library and the C++ headers of exactly its version, as ./dev fetches them into
# BOWYER_DUCKDB. Defines bowyer_duckdb and BOWYER_DUCKDB_LIBRARY (the file to ship with Bowyer).
set(BOWYER_DUCKDB "" CACHE PATH "Folder with lib/libduckdb.so and include/duckdb.hpp")
set(BOWYER_DUCKDB_LIBRARY ${BOWYER_DUCKDB}/lib/libduckdb.so)
if(NOT EXISTS ${BOWYER_DUCKDB_LIBRARY})
  message(FATAL_ERROR "DuckDB was not found in '${BOWYER_DUCKDB}'; run ./dev build")
endif()
add_library(bowyer_duckdb INTERFACE)
target_include_directories(bowyer_duckdb SYSTEM INTERFACE
  $<BUILD_INTERFACE:${BOWYER_DUCKDB}/include>)
target_link_libraries(bowyer_duckdb INTERFACE $<BUILD_INTERFACE:${BOWYER_DUCKDB_LIBRARY}>)
