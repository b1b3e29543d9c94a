#pragma once

#include <aldis/export.hpp>
#include <aldis/web/fwd.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aldis::web {

/// An answer that is an error: Werkzeug's HTTPException. Error handlers are asked by its code; if
/// there is none, a small page with its name and description is the answer.
class ALDIS_API http_error : public std::runtime_error {
 public:
  /// Without a description, the usual one of that code.
  ///
  /// Exceptions: std::invalid_argument if the code is not between 400 and 599.
  explicit http_error(int code, std::string description = {});
  /// For a 500: what went wrong.
  http_error(int code, std::exception_ptr original);
  /// The answer itself, of whatever status.
  explicit http_error(response answer);
  http_error(const http_error&);
  http_error& operator=(const http_error&);
  ~http_error() override;

  int code() const noexcept { return code_; }
  /// As `Not Found`.
  std::string_view name() const noexcept;
  const std::string& description() const noexcept { return description_; }
  /// The exception that became this 500, or null.
  const std::exception_ptr& original() const noexcept { return original_; }

  /// Headers of the answer beside those of the page; `Allow` of a 405, for instance.
  headers& more_headers();

  /// Was it made with a response?
  bool is_answer() const noexcept { return answer_ != nullptr; }
  /// The page, or the response that it was made with.
  response answer() const;

 private:
  int code_;
  std::string description_;
  std::exception_ptr original_;
  std::shared_ptr<headers> headers_;
  std::shared_ptr<const response> answer_;
};

/// Ends the handler with this error.
[[noreturn]] ALDIS_API void abort(int code, std::string description = {});
/// Ends the handler with this answer.
[[noreturn]] ALDIS_API void abort(response answer);

/// As `Not Found`; `Unknown` if the code has no name.
ALDIS_API std::string_view reason_phrase(int code) noexcept;

}  // namespace aldis::web
