// Golden SQL: a file of sections, each the name of a frame, its schema and the SQL it gives.
// BOWYER_REGENERATE=1 ./dev unit release --gtest_filter='*Golden*' writes the files anew.
// Each frame is run, too, and its result has that schema. tests/test_sql.py runs every section on
// other versions of DuckDB.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "bowyer/engine.h"
#include "bowyer/lazy_frame.h"
#include "matchers.h"

namespace bowyer {

class GoldenSql {
 public:
  // `engine` has the tables that the frames scan.
  GoldenSql(const std::string& file, std::shared_ptr<Engine> engine)
      : path_(std::string(BOWYER_GOLDEN_SQL) + "/" + file), engine_(std::move(engine)) {
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
    const auto result = frame.Stream(engine_);
    ASSERT_TRUE(result.ok()) << name << ": " << Describe(result.status());
    EXPECT_TRUE((*result)->schema()->Equals(*schema, /*check_metadata=*/true)) << name;
    const auto rows = (*result)->ToTable();
    EXPECT_TRUE(rows.ok()) << name << ": " << Describe(rows.status());
    EXPECT_TRUE(!rows.ok() || (*rows)->ValidateFull().ok()) << name;
  }

 private:
  std::string path_, golden_, written_;
  std::shared_ptr<Engine> engine_;
};

}  // namespace bowyer
