#include <aldis/web/headers.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace web = aldis::web;

TEST_CASE("header fields keep their order, and their names are found without regard to case") {
  web::headers fields{{"Accept", "text/html"}, {"X-Tag", "a"}, {"x-tag", "b"}};
  CHECK(fields["ACCEPT"] == "text/html");
  CHECK(fields["X-TAG"] == "a");
  CHECK(fields.get_all("x-Tag") == std::vector<std::string_view>{"a", "b"});
  CHECK(fields["Missing"].empty());
  CHECK_FALSE(fields.find("Missing"));
  CHECK(fields[2] == web::headers::field{"x-tag", "b"});

  std::string names;
  for (const web::headers::field& each : fields) names += std::string(each.name) + ' ';
  CHECK(names == "Accept X-Tag x-tag ");
}

TEST_CASE("add appends a field, set replaces all of that name, remove counts them") {
  web::headers fields;
  fields.add("A", "1");
  fields.add("B", "2");
  fields.add("a", "3");
  CHECK(fields.size() == 3);
  fields.set("A", "4");
  CHECK(fields.get_all("a") == std::vector<std::string_view>{"4"});
  CHECK(fields.remove("b") == 1);
  CHECK(fields.remove("b") == 0);
  CHECK(fields.size() == 1);
  fields.clear();
  CHECK(fields.empty());
}

TEST_CASE("a field may be set from views of the same headers") {
  web::headers fields{{"From", "ann"}, {"To", "bob"}};
  fields.add(fields[0].name, fields["To"]);
  fields.set("To", fields["From"]);
  CHECK(fields.get_all("From") == std::vector<std::string_view>{"ann", "bob"});
  CHECK(fields["To"] == "ann");
}

TEST_CASE("a header cannot be injected") {
  web::headers fields;
  for (const char* const name : {"", "a b", "a:b", "a\r\nb", "\xc3\xa4"})
    CHECK_THROWS_AS(fields.add(name, "x"), std::invalid_argument);
  for (const char* const value : {"a\r\nSet-Cookie: x=y", "a\nb", "a\rb", "\x01"})
    CHECK_THROWS_AS(fields.set("Name", value), std::invalid_argument);
  CHECK_THROWS_AS(fields.set("Name", std::string_view("\0", 1)), std::invalid_argument);
  CHECK(fields.empty());
  fields.set("Name", "tab\tand \xc3\xa4");
  CHECK(fields["name"] == "tab\tand \xc3\xa4");
}
