// Reads cases from random_cases.py, one JSON object per line, and prints a line for each:
// {"same": true} or {"same": false, "got": outcome}.

#include "case.hpp"
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <iostream>
#include <string>

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const boost::json::value parsed = boost::json::parse(line);
    const oracle::outcome got = oracle::rendered(parsed.as_object());
    boost::json::object answer{{"same", got == oracle::expected(parsed.as_object())}};
    if (!answer["same"].as_bool()) answer["got"] = oracle::to_json(got);
    std::cout << answer << std::endl;
  }
}
