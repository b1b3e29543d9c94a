#pragma once

#include <aldis/export.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace aldis::web {

/// Produces a body chunk by chunk, while it is sent.
///
/// Threads: called by one thread at a time.
class ALDIS_API body_source {
 public:
  body_source() = default;
  body_source(const body_source&) = delete;
  body_source& operator=(const body_source&) = delete;
  virtual ~body_source();

  /// Writes the next chunk to `chunk`, which is empty. Returns false at the end. If the chunk stays
  /// empty, there is nothing to send yet: a server asks again after a millisecond, then after
  /// pauses that grow to a quarter of a second.
  virtual bool next(std::string& chunk) = 0;
};

namespace detail {

template <class F>
concept chunk_function = requires(F& f) {
  { f() } -> std::convertible_to<std::optional<std::string>>;
};

template <class R>
concept range_of_text = requires(R& range) {
  { *range.begin() } -> std::convertible_to<std::string>;
  range.begin() != range.end();
};

template <chunk_function F>
class function_source final : public body_source {
 public:
  explicit function_source(F make) : make_(std::move(make)) {}
  bool next(std::string& chunk) override {
    std::optional<std::string> made = make_();
    if (!made) return false;
    chunk = std::move(*made);
    return true;
  }

 private:
  F make_;
};

template <range_of_text R>
class range_source final : public body_source {
 public:
  explicit range_source(R range) : range_(std::move(range)) {}
  bool next(std::string& chunk) override {
    if (!at_) at_.emplace(range_.begin());
    if (!(*at_ != range_.end())) return false;
    chunk = std::string(**at_);
    ++*at_;
    return true;
  }

 private:
  R range_;
  std::optional<decltype(std::declval<R&>().begin())> at_;
};

}  // namespace detail

/// A body that is produced chunk by chunk; returned by handlers. Made from a range of text, or from
/// a function that returns std::optional<std::string>: nothing at the end, and an empty string if
/// there is nothing to send yet.
class stream {
 public:
  template <class From>
  requires(detail::chunk_function<From> || detail::range_of_text<From>) explicit stream(From from)
      : source_(make(std::move(from))) {}
  explicit stream(std::unique_ptr<body_source> source) : source_(std::move(source)) {}

  std::unique_ptr<body_source> take() { return std::move(source_); }

 private:
  template <class From>
  static std::unique_ptr<body_source> make(From from) {
    if constexpr (detail::chunk_function<From>) {
      return std::make_unique<detail::function_source<From>>(std::move(from));
    } else {
      return std::make_unique<detail::range_source<From>>(std::move(from));
    }
  }

  std::unique_ptr<body_source> source_;
};

/// A range of bytes of an open file.
///
/// Lifetime: the file is closed with the last copy.
class ALDIS_API file_slice {
 public:
  /// The whole file.
  ///
  /// Exceptions: std::system_error if it cannot be opened, or is not a regular file.
  explicit file_slice(const std::string& path);

  int descriptor() const noexcept { return *file_; }
  std::uint64_t offset() const noexcept { return offset_; }
  std::uint64_t size() const noexcept { return size_; }
  /// Seconds since 1970, and additional nanoseconds.
  std::int64_t modified_seconds() const noexcept { return modified_seconds_; }
  std::int64_t modified_nanoseconds() const noexcept { return modified_nanoseconds_; }
  std::uint64_t file_size() const noexcept { return file_size_; }

  /// A range of this slice; `offset` counts from its beginning.
  file_slice subslice(std::uint64_t offset, std::uint64_t size) const;
  /// Appends at most `max_size` bytes to `to`; `from` counts from the beginning of the slice.
  /// Returns how many bytes were appended.
  ///
  /// Exceptions: std::system_error, also if the file has become shorter.
  std::size_t read(std::string& to, std::uint64_t from, std::size_t max_size) const;

 private:
  std::shared_ptr<const int> file_;
  std::uint64_t offset_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t file_size_ = 0;
  std::int64_t modified_seconds_ = 0;
  std::int64_t modified_nanoseconds_ = 0;
};

}  // namespace aldis::web
