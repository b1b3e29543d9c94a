// Which arguments can outlive their send, and how they are kept.

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>
#include <aldis/async/stream.hpp>

#include "pool.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/core/detail/string_view.hpp>
#include <boost/core/span.hpp>
#include <boost/utility/string_view.hpp>
#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <exception>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

using aldis::detail::can_be_kept;
using aldis::detail::how_kept;
using aldis::detail::keep_result;
using text_view = std::string_view;

namespace {

struct shape {
  virtual ~shape() = default;
  virtual std::string name() const { return "shape"; }
  virtual std::unique_ptr<shape> clone() const { return std::make_unique<shape>(*this); }
};
struct circle : shape {
  std::string name() const override { return "circle"; }
  std::unique_ptr<shape> clone() const override { return std::make_unique<circle>(*this); }
};
struct update {
  virtual ~update() = default;
  virtual std::string name() const { return "update"; }
};
struct status final : update {
  std::string name() const override { return "status"; }
};
struct base_is_enough : update {};

struct fixed_bytes {
  char bytes[8];
  char* data() { return bytes; }
  const char* data() const { return bytes; }
  std::size_t size() const { return sizeof bytes; }
};

}  // namespace

template <>
struct aldis::kept_argument<shape> : aldis::kept_by_clone<shape> {};
template <>
struct aldis::kept_argument<base_is_enough> : aldis::kept_by_value<base_is_enough> {};

namespace {

// Values, and types that own their memory.
static_assert(can_be_kept<int>() && can_be_kept<const std::string&>() && can_be_kept<void*>());
static_assert(can_be_kept<std::array<int, 3>>() && can_be_kept<fixed_bytes>());
static_assert(can_be_kept<const std::vector<std::string>&>());
static_assert(can_be_kept<const std::map<std::string, std::vector<int>>&>());
static_assert(can_be_kept<const std::filesystem::path&>() && can_be_kept<std::exception_ptr>());
static_assert(can_be_kept<std::shared_ptr<const shape>>());

// Text is copied.
static_assert(can_be_kept<text_view>() && can_be_kept<std::u16string_view>());
static_assert(can_be_kept<boost::string_view>() && can_be_kept<boost::core::string_view>());

// Views are rejected, also inside other types.
static_assert(!can_be_kept<std::span<int>>() && !can_be_kept<std::span<const char>>());
static_assert(!can_be_kept<boost::span<int>>() && !can_be_kept<std::initializer_list<int>>());
static_assert(!can_be_kept<asio::const_buffer>() && !can_be_kept<asio::mutable_buffer>());
static_assert(!can_be_kept<std::optional<text_view>>());
static_assert(!can_be_kept<const std::vector<text_view>&>());
static_assert(!can_be_kept<std::vector<asio::const_buffer>>());
static_assert(!can_be_kept<std::deque<std::optional<std::span<int>>>>());
static_assert(!can_be_kept<std::pair<int, text_view>>());
static_assert(!can_be_kept<std::tuple<int, std::variant<int, boost::string_view>>>());
static_assert(!can_be_kept<std::array<text_view, 2>>());
static_assert(!can_be_kept<std::map<text_view, int>>());

// References and base classes.
static_assert(how_kept<shape&>() == keep_result::impossible);
static_assert(how_kept<std::unique_ptr<int>>() == keep_result::impossible);
static_assert(how_kept<const update&>() == keep_result::sliced);
static_assert(how_kept<const std::exception&>() == keep_result::sliced);
static_assert(how_kept<update>() == keep_result::possible, "it is a copy already");
static_assert(how_kept<const status&>() == keep_result::possible);
static_assert(how_kept<const shape&>() == keep_result::possible);
static_assert(how_kept<const base_is_enough&>() == keep_result::possible);

/// The values that a queued receiver and a stream get of an argument destroyed in the meantime.
template <class T, class Given, class Read>
std::vector<std::string> kept(const Given& given, Read read) {
  asio::io_context context;
  aldis::signal<void(T)> sent;
  std::vector<std::string> seen;
  auto events = sent.stream();
  sent.connect([&](T one) { seen.push_back(read(one)); }, aldis::on(context));
  {
    const std::unique_ptr<Given> dies = std::make_unique<Given>(given);
    sent.send(*dies);
  }
  context.run();
  seen.push_back(read(*get(events.next(asio::use_future))));
  return seen;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("views of text are kept as a copy of the text, whichever their class") {
  const std::string text(100, 'x');
  const auto read = [](const auto& one) { return std::string(one.data(), one.size()); };
  CHECK(kept<std::string_view>(text, read) == texts{text, text});
  CHECK(kept<boost::string_view>(text, read) == texts{text, text});
  CHECK(kept<boost::core::string_view>(text, read) == texts{text, text});
}

TEST_CASE("an argument of a base class is kept as its kept_argument says") {
  aldis::signal<void(const shape&)> drawn;
  asio::io_context context;
  texts seen;
  auto shapes = drawn.stream();
  drawn.connect([&](const shape& one) { seen.push_back(one.name()); }, aldis::on(context));
  drawn.send(circle());
  context.run();
  CHECK(seen == texts{"circle"});
  CHECK((*get(shapes.next(asio::use_future)))->name() == "circle");
}

TEST_CASE("an argument of a final class is kept as a copy") {
  CHECK(kept<const status&>(status(), [](const update& one) { return one.name(); }) ==
        texts{"status", "status"});
}
