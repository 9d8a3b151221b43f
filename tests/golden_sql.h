// Golden SQL: a file of sections, each the name of a frame, its schema and the SQL it gives.
// BOWYER_REGENERATE=1 ./dev unit release --gtest_filter='*Golden*' writes the files anew.
// tests/test_sql.py runs every section on DuckDB: it is valid there and has these types.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "bowyer/lazy_frame.h"
#include "matchers.h"

namespace bowyer {

class GoldenSql {
 public:
  explicit GoldenSql(const std::string& file) : path_(std::string(BOWYER_GOLDEN_SQL) + "/" + file) {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    golden_ = text.str();
  }
  ~GoldenSql() {
    if (std::getenv("BOWYER_REGENERATE") != nullptr) {
      std::ofstream(path_) << written_;
    } else {
      EXPECT_EQ(written_.size(), golden_.size()) << path_ << " has other sections, too";
    }
  }

  void Check(const std::string& name, const LazyFrame& frame) {
    ASSERT_OK_AND_ASSIGN(const auto schema, frame.Schema());
    ASSERT_OK_AND_ASSIGN(const auto sql, frame.Sql());
    std::string section = "-- name: " + name + "\n";
    for (const auto& field : schema->fields()) {
      section += "-- column: " + field->name() + ": " + field->type()->ToString() + "\n";
    }
    section += sql + ";\n\n";
    written_ += section;
    if (std::getenv("BOWYER_REGENERATE") != nullptr) return;
    EXPECT_NE(golden_.find(section), std::string::npos) << "not as in " << path_ << ":\n"
                                                        << section;
  }

 private:
  std::string path_, golden_, written_;
};

}  // namespace bowyer
