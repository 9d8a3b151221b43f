// Compiled once for the folders that speak with DuckDB: its headers take longer to read than most
// of their files to compile.
#pragma once

#include "precompiled.h"

#include <duckdb.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/main/client_context.hpp>
