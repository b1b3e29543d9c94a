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

/// A body that is made piece by piece, while it is sent.
///
/// Threads: asked by one thread at a time, in order.
class ALDIS_API body_source {
 public:
  body_source() = default;
  body_source(const body_source&) = delete;
  body_source& operator=(const body_source&) = delete;
  virtual ~body_source();

  /// Puts the next piece into `piece`, which is empty; false at the end. A piece that stays empty
  /// says that there is nothing to send yet: a server asks again after a millisecond, and then
  /// after pauses that grow to a quarter of a second.
  virtual bool next(std::string& piece) = 0;
};

namespace detail {

template <class F>
concept piece_function = requires(F& f) {
  { f() } -> std::convertible_to<std::optional<std::string>>;
};

template <class R>
concept range_of_text = requires(R& range) {
  { *range.begin() } -> std::convertible_to<std::string>;
  range.begin() != range.end();
};

template <piece_function F>
class function_source final : public body_source {
 public:
  explicit function_source(F make) : make_(std::move(make)) {}
  bool next(std::string& piece) override {
    std::optional<std::string> made = make_();
    if (!made) return false;
    piece = std::move(*made);
    return true;
  }

 private:
  F make_;
};

template <range_of_text R>
class range_source final : public body_source {
 public:
  explicit range_source(R range) : range_(std::move(range)) {}
  bool next(std::string& piece) override {
    if (!at_) at_.emplace(range_.begin());
    if (!(*at_ != range_.end())) return false;
    piece = std::string(**at_);
    ++*at_;
    return true;
  }

 private:
  R range_;
  std::optional<decltype(std::declval<R&>().begin())> at_;
};

}  // namespace detail

/// What a handler returns for a body that is made piece by piece: from a function that returns
/// std::optional<std::string>, nothing at the end and empty text if it has to be asked again later,
/// or from a range of text.
class stream {
 public:
  template <class From>
  requires(detail::piece_function<From> || detail::range_of_text<From>) explicit stream(From from)
      : source_(make(std::move(from))) {}
  explicit stream(std::unique_ptr<body_source> source) : source_(std::move(source)) {}

  std::unique_ptr<body_source> take() { return std::move(source_); }

 private:
  template <class From>
  static std::unique_ptr<body_source> make(From from) {
    if constexpr (detail::piece_function<From>) {
      return std::make_unique<detail::function_source<From>>(std::move(from));
    } else {
      return std::make_unique<detail::range_source<From>>(std::move(from));
    }
  }

  std::unique_ptr<body_source> source_;
};

/// A part of a file that is open.
///
/// Lifetime: the file is closed with the last copy.
class ALDIS_API file_slice {
 public:
  /// Exceptions: std::system_error if it cannot be opened, or is no regular file.
  explicit file_slice(const std::string& path);

  int descriptor() const noexcept { return *file_; }
  std::uint64_t offset() const noexcept { return offset_; }
  std::uint64_t size() const noexcept { return size_; }
  /// Seconds since 1970, and the nanoseconds beyond.
  std::int64_t modified_seconds() const noexcept { return modified_seconds_; }
  std::int64_t modified_nanoseconds() const noexcept { return modified_nanoseconds_; }
  std::uint64_t file_size() const noexcept { return file_size_; }

  /// That much of it, counted from its beginning.
  file_slice part(std::uint64_t offset, std::uint64_t size) const;
  /// Reads at most `most` bytes from `from` on, as counted from the slice's beginning, and appends
  /// them. Exceptions: std::system_error, also if the file has become shorter.
  std::size_t read(std::string& to, std::uint64_t from, std::size_t most) const;

 private:
  std::shared_ptr<const int> file_;
  std::uint64_t offset_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t file_size_ = 0;
  std::int64_t modified_seconds_ = 0;
  std::int64_t modified_nanoseconds_ = 0;
};

}  // namespace aldis::web
