#include <aldis/web/http_error.hpp>
#include <aldis/web/multi_dict.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace web = aldis::web;

TEST_CASE("a name may have several values, of which the first is the one that is asked for") {
  web::multi_dict fields{{"tag", "a"}, {"name", "ann"}, {"tag", "b"}};
  CHECK(fields["tag"] == "a");
  CHECK(fields.get_all("tag") == std::vector<std::string_view>{"a", "b"});
  CHECK(fields.get("missing", "none") == "none");
  CHECK_FALSE(fields.contains("Tag"));
  fields.set("tag", "c");
  CHECK(fields.get_all("tag") == std::vector<std::string_view>{"c"});
  CHECK(fields.remove("tag") == 1);
  CHECK(fields == web::multi_dict{{"name", "ann"}});
}

TEST_CASE("a value that must be there and is not is a bad request") {
  const web::multi_dict none;
  try {
    static_cast<void>(none["page"]);
    FAIL("nothing was thrown");
  } catch (const web::http_error& error) {
    CHECK(error.code() == 400);
  }
}

TEST_CASE("numbers are read as Python reads them") {
  const web::multi_dict fields{{"plain", "42"},    {"blanks", " +1_000 "}, {"negative", "-7"},
                               {"float", "2.5e1"}, {"text", "12a"},        {"empty", ""},
                               {"under", "_1"},    {"large", "300"}};
  CHECK(fields.get_as<int>("plain") == 42);
  CHECK(fields.get_as<int>("blanks") == 1000);
  CHECK(fields.get_as<int>("negative") == -7);
  CHECK_FALSE(fields.get_as<unsigned>("negative"));
  CHECK(fields.get_as<double>("float") == 25.0);
  for (const char* const name : {"text", "empty", "under", "missing", "float"})
    CHECK_FALSE(fields.get_as<int>(name));
  CHECK_FALSE(fields.get_as<std::uint8_t>("large"));
}
