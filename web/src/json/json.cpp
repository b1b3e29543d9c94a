#include <aldis/web/http_error.hpp>
#include <aldis/web/json.hpp>

#include "json/json_document.hpp"
#include "json/json_memory.hpp"
#include "json/json_reader.hpp"
#include "json/json_text.hpp"
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value_stack.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::web {

namespace {

constexpr std::size_t max_depth = 32;
constexpr std::size_t large_text = 1024UL * 1024;
// An upper bound, for values that are allocated one by one.
constexpr std::size_t max_memory_per_byte = 40;

/// The memory limit if the app does not set one.
std::size_t default_limit(std::size_t text_size) {
  constexpr std::size_t always = std::size_t{64} * 1024 * 1024;
  return 6 * text_size + always;
}

// Some clients send a byte order mark. Python ignores it as well.
std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

boost::json::value parse(std::string_view text, boost::json::error_code& error) {
  boost::json::value_stack stack;
  detail::read_json(without_mark(text), stack, max_depth, error);
  return error ? boost::json::value() : stack.release();
}

/// Parses into a separate block of memory of at most `limit` bytes. The text is parsed twice, first
/// to count the values.
boost::json::value parse_within(std::size_t limit, std::string_view text,
                                boost::json::error_code& error) try {
  detail::json_outline outline = detail::read_outline(without_mark(text), max_depth, error);
  if (error) return {};
  const std::size_t temporary = outline.memory();
  if (temporary > limit) throw detail::json_too_large();
  detail::document_memory* memory = nullptr;
  boost::json::storage_ptr where =
      boost::json::make_shared_resource<detail::document_memory>(memory, limit - temporary);
  detail::json_builder builder(std::move(outline), std::move(where));
  detail::read_json(without_mark(text), builder, max_depth, error);
  memory->seal();
  return builder.release();
} catch (const detail::json_too_large&) {
  throw http_error(413, "The JSON of the request needs more than the " + std::to_string(limit) +
                            " bytes of memory that it may have.");
}

}  // namespace

boost::json::value get_json(const request& from) {
  if (!from.is_json()) throw http_error(415, "The request is not of type application/json.");
  boost::json::error_code error;
  const std::string& text = from.body();
  const std::size_t limit = from.json_limit().value_or(default_limit(text.size()));
  const bool small = text.size() < large_text && max_memory_per_byte * text.size() <= limit;
  boost::json::value parsed = small ? parse(text, error) : parse_within(limit, text, error);
  if (error)
    throw http_error(400, "The JSON of the request cannot be read: " + error.message() + ".");
  return parsed;
}

boost::json::value get_json(const client_response& from) {
  boost::json::error_code error;
  boost::json::value parsed = parse(from.body, error);
  if (error) throw std::invalid_argument("aldis: the response is not JSON: " + error.message());
  return parsed;
}

std::string dumps(const boost::json::value& from) {
  std::string text = detail::to_json(from);
  text += '\n';
  return text;
}

response jsonify(const boost::json::value& from, int status) {
  response result(dumps(from), status);
  result.headers().set("Content-Type", "application/json");
  return result;
}

}  // namespace aldis::web
