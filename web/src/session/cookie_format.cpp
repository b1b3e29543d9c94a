// The session cookie, byte for byte as itsdangerous and Flask write it.

#include <aldis/web/cookie.hpp>
#include <aldis/web/session.hpp>

#include "base64.hpp"
#include "http/cookies.hpp"
#include "http/text.hpp"
#include "json/json_text.hpp"
#include "json/value_objects.hpp"
#include "signature.hpp"
#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace aldis::web {

namespace {

using templates::value_kind;

// Values that JSON does not have are written as objects with one of these keys.
constexpr std::string_view tuple_tag = " t";
constexpr std::string_view bytes_tag = " b";
constexpr std::string_view markup_tag = " m";
constexpr std::string_view uuid_tag = " u";
constexpr std::string_view date_tag = " d";
constexpr std::string_view dict_tag = " di";
constexpr std::array tags{tuple_tag, bytes_tag, markup_tag, uuid_tag, date_tag, dict_tag};

/// The largest decompressed session.
constexpr std::size_t max_decompressed = 1 << 20;

bool is_tag(std::string_view key) noexcept {
  return std::find(tags.begin(), tags.end(), key) != tags.end();
}

value tagged(std::string_view tag, value held) {
  dict one;
  one[tag] = std::move(held);
  return value(std::move(one));
}

value to_tags(const value& from);

value items_to_tags(const list& from) {
  list items;
  for (const value& item : from) items.push_back(to_tags(item));
  return value(std::move(items));
}

value dict_to_tags(const dict& from) {
  dict entries;
  for (const dict::entry& each : from) entries[each.key] = to_tags(each.mapped);
  if (from.size() == 1) {
    const dict::entry& only = from.at(0);
    if (only.key.is_text() && is_tag(only.key.as_text())) {
      dict renamed;
      renamed[std::string(only.key.as_text()) + "__"] = to_tags(only.mapped);
      return tagged(dict_tag, value(std::move(renamed)));
    }
  }
  return value(std::move(entries));
}

value to_tags(const value& from) {
  switch (from.kind()) {
    case value_kind::markup:
      return tagged(markup_tag, value(from.as_text()));
    case value_kind::list:
      return items_to_tags(from.as_list());
    case value_kind::tuple:
      return tagged(tuple_tag, items_to_tags(from.as_tuple()));
    case value_kind::dict:
      return dict_to_tags(from.as_dict());
    case value_kind::object:
      if (const auto* const raw = from.as<detail::bytes_object>()) {
        return tagged(bytes_tag, value(detail::standard_base64(raw->held.data)));
      }
      if (const auto* const id = from.as<detail::uuid_object>()) {
        return tagged(uuid_tag, value(id->held.hex()));
      }
      if (const auto* const when = from.as<detail::date_time_object>()) {
        return tagged(date_tag,
                      value(http_date(detail::time_at(when->held.time_since_epoch().count()))));
      }
      return from;
    default:
      return from;
  }
}

value from_tags(const value& from);

list items_from_tags(const list& from) {
  list items;
  for (const value& item : from) items.push_back(from_tags(item));
  return items;
}

/// The value of an object with the key `tag`; nothing if it is malformed.
std::optional<value> untagged(std::string_view tag, const value& held) {
  if (tag == tuple_tag && held.is(value_kind::list)) {
    return value(tuple{items_from_tags(held.as_list())});
  }
  if (tag == dict_tag && held.is(value_kind::dict) && held.as_dict().size() == 1) {
    const dict::entry& only = held.as_dict().at(0);
    std::string_view key = only.key.as_text();
    if (!key.ends_with("__")) return std::nullopt;
    key.remove_suffix(2);
    dict entries;
    entries[key] = from_tags(only.mapped);
    return value(std::move(entries));
  }
  if (!held.is_text()) return std::nullopt;
  const std::string_view text = held.as_text();
  if (tag == markup_tag) return value(value_kind::markup, text);
  if (tag == bytes_tag) {
    if (auto raw = detail::from_standard_base64(text)) return value(bytes{std::move(*raw)});
  }
  if (tag == uuid_tag) {
    if (const auto id = uuid::from_text(text)) return value(*id);
  }
  if (tag == date_tag) {
    if (const auto when = from_http_date(text)) {
      return value(std::chrono::floor<std::chrono::seconds>(*when));
    }
  }
  return std::nullopt;
}

value from_tags(const value& from) {
  if (from.is(value_kind::list)) return value(items_from_tags(from.as_list()));
  if (!from.is(value_kind::dict)) return from;
  const dict& entries = from.as_dict();
  if (entries.size() == 1 && is_tag(entries.at(0).key.as_text())) {
    if (auto one = untagged(entries.at(0).key.as_text(), entries.at(0).mapped)) return *one;
  }
  dict result;
  for (const dict::entry& each : entries) result[each.key] = from_tags(each.mapped);
  return value(std::move(result));
}

std::string compressed(const std::string& text) {
  uLongf size = compressBound(static_cast<uLong>(text.size()));
  std::string result(size, '\0');
  const int status =
      ::compress(reinterpret_cast<Bytef*>(result.data()), &size,
                 reinterpret_cast<const Bytef*>(text.data()), static_cast<uLong>(text.size()));
  if (status != Z_OK) throw std::runtime_error("aldis: a session cannot be compressed");
  result.resize(size);
  return result;
}

std::optional<std::string> decompressed(const std::string& bytes) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  std::string input = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string result;
  int status = Z_OK;
  while (status == Z_OK && result.size() < max_decompressed) {
    std::array<char, 4096> room{};
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    status = inflate(&stream, Z_NO_FLUSH);
    result.append(room.data(), room.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) return std::nullopt;
  return result;
}

std::string signature_of(std::string_view secret, std::string_view text) {
  return detail::hmac_sha1(detail::hmac_sha1(secret, "cookie-session"), text);
}

std::string timestamp_bytes(std::int64_t now) {
  std::string bytes;
  for (auto rest = static_cast<std::uint64_t>(now); rest != 0; rest >>= 8) {
    bytes.insert(bytes.begin(), static_cast<char>(rest & 255));
  }
  return bytes;
}

std::optional<std::int64_t> read_timestamp(std::string_view text) {
  const auto bytes = detail::from_url_safe_base64(text);
  if (!bytes || bytes->size() > 7) return std::nullopt;
  std::int64_t result = 0;
  for (const char c : *bytes) result = result << 8 | static_cast<unsigned char>(c);
  return result;
}

}  // namespace

std::string sign_session(const dict& values, std::string_view secret, std::int64_t now) {
  const std::string json = detail::to_json(dict_to_tags(values));
  const std::string packed = compressed(json);
  std::string text = packed.size() + 1 < json.size() ? "." + detail::url_safe_base64(packed)
                                                     : detail::url_safe_base64(json);
  text += "." + detail::url_safe_base64(timestamp_bytes(now));
  return text + "." + detail::url_safe_base64(signature_of(secret, text));
}

std::optional<dict> read_session(std::string_view cookie, const std::vector<std::string>& secrets,
                                 std::int64_t now, std::int64_t max_age) {
  const auto last = cookie.rfind('.');
  if (last == cookie.npos) return std::nullopt;
  const std::string_view text = cookie.substr(0, last);
  const auto signature = detail::from_url_safe_base64(cookie.substr(last + 1));
  const bool genuine = signature && std::any_of(secrets.begin(), secrets.end(), [&](const auto& s) {
                         return detail::equal_in_constant_time(*signature, signature_of(s, text));
                       });
  if (!genuine) return std::nullopt;

  const auto dot = text.rfind('.');
  if (dot == text.npos) return std::nullopt;
  const auto when = read_timestamp(text.substr(dot + 1));
  if (!when || now - *when < 0 || now - *when > max_age) return std::nullopt;

  std::string_view payload = text.substr(0, dot);
  const bool is_packed = payload.starts_with('.');
  if (is_packed) payload.remove_prefix(1);
  std::optional<std::string> json = detail::from_url_safe_base64(payload);
  if (json && is_packed) json = decompressed(*json);
  if (!json) return std::nullopt;
  const std::optional<value> parsed = detail::from_json(*json);
  if (!parsed || !parsed->is(value_kind::dict)) return std::nullopt;
  const value result = from_tags(*parsed);
  if (!result.is(value_kind::dict)) return std::nullopt;
  return result.as_dict();
}

}  // namespace aldis::web
