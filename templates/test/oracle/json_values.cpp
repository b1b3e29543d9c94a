// aldis/templates/boost_json.hpp

#include <aldis/templates/boost_json.hpp>
#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <string_view>

namespace json = boost::json;
namespace t = aldis::templates;

namespace {

std::string failure_of(const t::value& given) {
  try {
    return json::serialize(t::from_value<json::value>(given));
  } catch (const t::error& failure) {
    return failure.message();
  }
}

}  // namespace

TEST_CASE("JSON becomes a value, and the same JSON again") {
  const std::string text =
      R"({"null":null,"yes":true,"n":-9223372036854775808,"f":2.5E0,"t":"\"é","a":[1,[],{}],"":0})";
  const json::value before = json::parse(text);

  const json::value after = t::from_value<json::value>(t::value(before));

  CHECK(json::serialize(after) == text);
  CHECK(after == before);
}

TEST_CASE("tuples are arrays, and Markup is text") {
  CHECK(failure_of(t::tuple{{1, t::markup{"<b>"}, t::list{2}}}) == R"([1,"<b>",[2]])");
}

TEST_CASE("what JSON does not have is an error that says so") {
  CHECK(failure_of(t::list{1, t::value::undefined({})}) == "expected JSON, got Undefined");
  CHECK(failure_of(std::numeric_limits<double>::quiet_NaN()) ==
        "expected JSON, which has neither NaN nor infinity, got float");
  CHECK(failure_of(t::dict{{"a", -std::numeric_limits<double>::infinity()}}) ==
        "expected JSON, which has neither NaN nor infinity, got float");
  CHECK(failure_of(t::dict{{1, 2}}) == "expected JSON, whose keys are str, got int");
  CHECK(failure_of(t::value([] { return 1; })) == "expected JSON, got function");
}

TEST_CASE("objects and arrays are what they say") {
  CHECK(t::from_value<json::object>(t::dict{{"a", 1}}) == json::object{{"a", 1}});
  CHECK(t::from_value<json::array>(t::tuple{{1, 2}}) == json::array{1, 2});
  CHECK_THROWS_WITH_AS((void)t::from_value<json::object>(t::list{}),
                       "TypeError: expected dict, got list", t::error);
  CHECK_THROWS_WITH_AS((void)t::from_value<json::array>("text"),
                       "TypeError: expected list, got str", t::error);
}

TEST_CASE("a function takes JSON from a template") {
  t::environment env{{.limits = {.iterations = 100'000}}};
  env.filters["json"] = [](const json::value& given) { return json::serialize(given); };

  CHECK(env.from_string("{{ {'a': [1, 'x', none]}|json }}").render() == R"({"a":[1,"x",null]})");

  const auto failure = [&](std::string_view source) {
    try {
      return env.from_string(source).render();
    } catch (const t::error& error) {
      return std::string(error.type_name()) + ": " + error.message();
    }
  };
  CHECK(failure("{{ nobody|json }}") == "TypeError: argument 1: expected JSON, got Undefined");
  CHECK(failure("{% set l = [] %}{% set _ = l.append(l) %}{{ l|json }}") ==
        "TypeError: argument 1: expected JSON that is not nested too deep, got list");
  CHECK(
      failure("{% set ns = namespace(l=[]) %}"
              "{% for _ in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|json }}") ==
      "LimitError: more than 100000 steps of loops and filters");
}
