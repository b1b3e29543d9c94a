#pragma once

#include <string>

/// The data of the pages. run.py makes the same data for Jinja2, and compares the output.
namespace data {

inline const std::string title = "Cups & saucers";
inline constexpr int links = 5;
inline constexpr int rows = 20;
inline constexpr int table_rows = 1000;
inline constexpr int table_columns = 5;

inline std::string href(int link) { return "/section/" + std::to_string(link); }
inline std::string caption(int link) { return "Section " + std::to_string(link); }
inline std::string name(int row) { return "Cup <" + std::to_string(row) + "> & saucer"; }
inline std::string price(int row) { return std::to_string(row) + ".50"; }
inline std::string cell(int row, int column) {
  return "cell " + std::to_string(row) + "." + std::to_string(column);
}

}  // namespace data
