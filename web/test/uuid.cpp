#include <aldis/web/uuid.hpp>

#include <doctest/doctest.h>

namespace web = aldis::web;

TEST_CASE("a UUID is read with or without dashes, and written in lower case") {
  const auto dashed = web::uuid::from_text("123E4567-e89b-12d3-A456-426614174000");
  const auto plain = web::uuid::from_text("123e4567e89b12d3a456426614174000");
  REQUIRE(dashed);
  CHECK(dashed == plain);
  CHECK(dashed->text() == "123e4567-e89b-12d3-a456-426614174000");
  CHECK(dashed->hex() == "123e4567e89b12d3a456426614174000");
  CHECK(dashed->bytes()[0] == 0x12);
  CHECK(dashed->bytes()[15] == 0);
  CHECK(web::uuid() < *dashed);
}

TEST_CASE("other text is no UUID") {
  for (const char* const text :
       {"", "123e4567e89b12d3a45642661417400", "123e4567e89b12d3a4564266141740000",
        "123e4567-e89b-12d3-a456-42661417400g", "123e4567e89b-12d3-a456-426614174000",
        "{123e4567-e89b-12d3-a456-426614174000}", " 123e4567-e89b-12d3-a456-426614174000"}) {
    CAPTURE(text);
    CHECK_FALSE(web::uuid::from_text(text));
  }
}
