#pragma once

#include <aldis/export.hpp>
#include <aldis/web/fwd.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aldis::web {

/// A response that is an error: Werkzeug's HTTPException. An error handler for its code produces
/// the response; without one, it is a small page with the error's name and description.
class ALDIS_API http_error : public std::runtime_error {
 public:
  /// The default description depends on the code.
  ///
  /// Exceptions: std::invalid_argument if the code is not between 400 and 599.
  explicit http_error(int code, std::string description = {});
  /// A 500 and the exception that caused it.
  http_error(int code, std::exception_ptr original);
  /// A complete response, with any status.
  explicit http_error(web::response response);
  http_error(const http_error&);
  http_error& operator=(const http_error&);
  ~http_error() override;

  int code() const noexcept { return code_; }
  /// The reason phrase, such as `Not Found`.
  std::string_view name() const noexcept;
  const std::string& description() const noexcept { return description_; }
  /// The exception that caused this 500, or null.
  const std::exception_ptr& original() const noexcept { return original_; }

  /// Headers that are added to those of the page, such as the `Allow` of a 405.
  headers& more_headers();

  /// Whether it was constructed from a response.
  bool has_response() const noexcept { return response_ != nullptr; }
  /// The page, or the response it was constructed from.
  response to_response() const;

 private:
  int code_;
  std::string description_;
  std::exception_ptr original_;
  std::shared_ptr<headers> headers_;
  std::shared_ptr<const response> response_;
};

/// Ends the handler with this error.
[[noreturn]] ALDIS_API void abort(int code, std::string description = {});
/// Ends the handler with this response.
[[noreturn]] ALDIS_API void abort(response response);

/// Such as `Not Found`; `Unknown` if the code has none.
ALDIS_API std::string_view reason_phrase(int code) noexcept;

}  // namespace aldis::web
