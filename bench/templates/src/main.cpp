// Reads commands from run.py, and prints a line for each:
//
//     output <engine> <page>            the number of bytes, and on the next line the bytes
//     render <engine> <page> <times>    ns in total
//     compile <engine> <page> <times>   ns in total

#include "engine.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>

std::string read_page(const std::string& file) {
  std::ifstream in(file);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (text.empty()) {
    std::cerr << "cannot read " << file << "\n";
    std::exit(1);
  }
  if (text.back() == '\n') text.pop_back();
  return text;
}

namespace {

long long measured(int times, const std::function<std::size_t()>& once) {
  std::size_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) bytes += once();
  const auto took = std::chrono::steady_clock::now() - begin;
  if (bytes == 0) std::exit(1);  // no engine may be fast by doing nothing
  return std::chrono::duration_cast<std::chrono::nanoseconds>(took).count();
}

}  // namespace

int main(int, char** arguments) {
  const std::string folder = arguments[1];
  std::map<std::string, std::unique_ptr<engine>> engines;
  engines.emplace("aldis", make_aldis(folder));
  engines.emplace("mustache", make_mustache(folder));

  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what, who, page;
    int times = 0;
    words >> what >> who >> page >> times;
    engine& asked = *engines.at(who);
    if (what == "output") {
      const std::string text = asked.render(page);
      std::cout << text.size() << "\n" << text << std::flush;
    } else if (what == "render") {
      std::cout << measured(times, [&] { return asked.render(page).size(); }) << std::endl;
    } else {
      std::cout << measured(times, [&] { return asked.compile(page); }) << std::endl;
    }
  }
}
