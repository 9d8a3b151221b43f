// Reports of hostile names: the page stays a page, the document a document.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bowyer/migrate.h"

namespace bowyer {
namespace {

MigrationReport Report() {
  MigrationReport report{.source = "sqlite:<script>alert(1)</script>.db",
                         .destination = "duckdb:a&b.duckdb",
                         .snapshot = "of \"now\""};
  report.tables.push_back({.source = "t<b>\xff",
                           .destination = "t",
                           .columns = {{.name = "a\"<i>",
                                        .destination = "a",
                                        .source_type = "text",
                                        .destination_type = "VARCHAR",
                                        .source_digest = "00",
                                        .destination_digest = "01"}},
                           .rows = 3,
                           .seconds = 0.5,
                           .verified = Verification::kFull,
                           .source_digest = "0a",
                           .destination_digest = "0a"});
  report.left_out.push_back({"trigger <x>", "no triggers", "create trigger '</code>'"});
  return report;
}

TEST(MigrationReport, ThePageEscapesWhatNamesHold) {
  const std::string page = ReportHtml(Report());
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_EQ(page.find("<i>"), std::string::npos);
  EXPECT_EQ(page.find("'</code>'"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.find("a&amp;b.duckdb"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("class=bad><code>01"), std::string::npos)
      << "a digest that differs stands out";
}

TEST(MigrationReport, TheDocumentSaysWhatIsNotKnownAsNull) {
  const auto document = nlohmann::json::parse(ReportJson(Report()));
  EXPECT_EQ(document["tables"][0]["rows"], 3);
  EXPECT_TRUE(document["tables"][0]["bytes"].is_null());
  EXPECT_TRUE(document["tables"][0]["error"].is_null());
  EXPECT_EQ(document["tables"][0]["verified"], "full");
  EXPECT_EQ(document["left_out"][0]["reason"], "no triggers");
}

TEST(MigrationReport, APlanSpeaksOfNothingThatWasDone) {
  MigrationReport report = Report();
  report.plan_only = true;
  const auto document = nlohmann::json::parse(ReportJson(report));
  EXPECT_FALSE(document["tables"][0].contains("verified"));
  EXPECT_FALSE(document["tables"][0].contains("seconds"));
}

}  // namespace
}  // namespace bowyer
