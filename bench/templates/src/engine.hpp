#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// The interface to a template engine. The pages are those of pages/, the data is that of data.hpp,
/// prepared before the measurement.
class engine {
 public:
  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  /// Renders `page` or `table`, compiled before.
  virtual std::string render(std::string_view page) = 0;
  /// Compiles a page again, including its parents, and returns the size of the source in bytes.
  virtual std::size_t compile(std::string_view page) = 0;
};

std::unique_ptr<engine> make_aldis(const std::string& folder);
std::unique_ptr<engine> make_mustache(const std::string& folder);

/// Reads a file without the newline at its end.
std::string read_page(const std::string& file);
