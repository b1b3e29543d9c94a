#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// What is asked of a template engine. The pages are those of pages/, the data that of data.hpp,
/// made ready before anything is measured.
class engine {
 public:
  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  /// Renders `page` or `table`, compiled before.
  virtual std::string render(std::string_view page) = 0;
  /// Compiles it once more, parents included, and gives the number of its bytes.
  virtual std::size_t compile(std::string_view page) = 0;
};

std::unique_ptr<engine> make_aldis(const std::string& folder);
std::unique_ptr<engine> make_mustache(const std::string& folder);

/// A file without the newline at its end.
std::string read_page(const std::string& file);
