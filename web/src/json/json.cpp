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

constexpr std::size_t deepest = 32;
constexpr std::size_t large_text = 1024UL * 1024;
// No text needs more, where each value is allocated by itself.
constexpr std::size_t most_per_byte = 40;

/// What a document may take if the app does not say it.
std::size_t usual_limit(std::size_t text_size) {
  constexpr std::size_t always = std::size_t{64} * 1024 * 1024;
  return 6 * text_size + always;
}

// A byte order mark, as some clients send it; Python does not mind it either.
std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

boost::json::value parse(std::string_view text, boost::json::error_code& error) {
  boost::json::value_stack stack;
  detail::read_json(without_mark(text), stack, deepest, error);
  return error ? boost::json::value() : stack.release();
}

/// In memory of its own, of which it takes no more than `most`. It is read twice: first to see how
/// much there is.
boost::json::value parse_within(std::size_t most, std::string_view text,
                                boost::json::error_code& error) try {
  detail::json_outline outline = detail::read_outline(without_mark(text), deepest, error);
  if (error) return {};
  const std::size_t meanwhile = outline.memory();
  if (meanwhile > most) throw detail::json_too_large();
  detail::document_memory* memory = nullptr;
  boost::json::storage_ptr where =
      boost::json::make_shared_resource<detail::document_memory>(memory, most - meanwhile);
  detail::json_builder builder(std::move(outline), std::move(where));
  detail::read_json(without_mark(text), builder, deepest, error);
  memory->seal();
  return builder.release();
} catch (const detail::json_too_large&) {
  throw http_error(413, "The JSON of the request needs more than the " + std::to_string(most) +
                            " bytes of memory that it may have.");
}

}  // namespace

boost::json::value get_json(const request& from) {
  if (!from.is_json()) throw http_error(415, "The request is not of type application/json.");
  boost::json::error_code error;
  const std::string& text = from.body();
  const std::size_t most = from.json_limit().value_or(usual_limit(text.size()));
  const bool small = text.size() < large_text && most_per_byte * text.size() <= most;
  boost::json::value parsed = small ? parse(text, error) : parse_within(most, text, error);
  if (error)
    throw http_error(400, "The JSON of the request cannot be read: " + error.message() + ".");
  return parsed;
}

boost::json::value get_json(const client_response& from) {
  boost::json::error_code error;
  boost::json::value parsed = parse(from.body, error);
  if (error) throw std::invalid_argument("aldis: the answer is not JSON: " + error.message());
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
