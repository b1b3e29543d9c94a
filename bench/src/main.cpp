#include "harness.hpp"
#include "subject.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

/// aldis_bench <section> [rounds]
///
/// Prints one section of the report as JSON.
int main(int argc, char** argv) {
  using namespace bench;

  const std::string_view section = argc > 1 ? argv[1] : "";
  const std::size_t rounds = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 201;
  require(rounds > 0, "rounds must be a number above 0");
  pin_thread(0);

  if (section == "versions") {
    std::cout << "{";
    for (const auto& l : all_libraries())
      if (!l.version.empty())
        std::cout << (l.name == "aldis" ? "" : ", ") << '"' << l.name << "\": \"" << l.version
                  << '"';
    std::cout << "}\n";
  } else if (section == "send") {
    std::cout << send_cases(rounds) << '\n';
  } else if (section == "threads") {
    std::cout << thread_cases(rounds) << '\n';
  } else if (section == "churn") {
    std::cout << churn_cases(rounds) << '\n';
  } else if (section == "disconnect") {
    std::cout << disconnect_cases(rounds) << '\n';
  } else if (section == "selection") {
    std::cout << selection_cases(rounds) << '\n';
  } else if (section == "values") {
    std::cout << value_cases(rounds) << '\n';
  } else if (section == "options") {
    std::cout << option_cases(rounds) << '\n';
  } else if (section == "topics") {
    std::cout << topic_cases(rounds) << '\n';
  } else if (section == "queued") {
    std::cout << queued_cases(rounds) << '\n';
  } else if (section == "fresh") {
    std::cout << fresh_cases(rounds) << '\n';
  } else {
    require(false,
            "which section? versions, send, threads, churn, disconnect, selection, "
            "values, options, topics, queued, fresh");
  }
}
