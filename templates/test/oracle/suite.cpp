// Compares the cases of cases/*.toml with the output of Jinja2, which render.py wrote to
// expected/*.json.

#include "case.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

boost::json::array read(const std::filesystem::path& file) {
  std::ifstream in(file);
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {})).as_array();
}

}  // namespace

TEST_CASE("templates give what Jinja2 gives") {
  std::size_t cases = 0;
  for (const auto& file : std::filesystem::directory_iterator(ALDIS_ORACLE "/expected")) {
    for (const boost::json::value& each : read(file)) {
      const boost::json::object& one_case = each.as_object();
      const oracle::outcome got = oracle::rendered(one_case);
      ++cases;
      CHECK_MESSAGE(got == oracle::expected(one_case),
                    file.path().stem().string() << ": " << oracle::description(one_case, got));
    }
  }
  CHECK(cases >= 600);
}

TEST_CASE("documented differences are what the documentation says") {
  for (const boost::json::value& each : read(ALDIS_ORACLE "/differences.json")) {
    const boost::json::object& one_case = each.as_object();
    const oracle::outcome got = oracle::rendered(one_case);
    CHECK_MESSAGE(got == oracle::from_json(one_case.at("aldis")),
                  oracle::description(one_case, got)
                      << "---- documented\n"
                      << boost::json::serialize(one_case.at("aldis")));
  }
}
