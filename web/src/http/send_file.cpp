#include <aldis/web/context.hpp>
#include <aldis/web/http_error.hpp>
#include <aldis/web/request.hpp>
#include <aldis/web/send_file.hpp>

#include "http/cookies.hpp"
#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <utility>

namespace aldis::web {

namespace {

namespace fs = std::filesystem;

std::string hex(std::uint64_t number) {
  std::array<char, 16> room{};
  const auto end = std::to_chars(room.data(), room.data() + room.size(), number, 16).ptr;
  return std::string(room.data(), end);
}

/// An entity tag, which changes with the file.
std::string tag_of(const file_slice& file) {
  return "\"" + hex(static_cast<std::uint64_t>(file.modified_seconds())) + "." +
         hex(static_cast<std::uint64_t>(file.modified_nanoseconds())) + "-" +
         hex(file.file_size()) + "\"";
}

std::chrono::system_clock::time_point time_of(const file_slice& file) {
  return detail::time_at(file.modified_seconds());
}

enum class weak_tags { count, do_not_count };

/// Whether the list contains the tag or `*`.
bool has_tag(std::string_view listed, std::string_view tag, weak_tags weak) {
  while (!listed.empty()) {
    const auto [each, rest] = detail::split_once(listed, ',');
    listed = rest;
    std::string_view one = detail::trimmed(each);
    if (weak == weak_tags::count && one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

/// Whether the If-Match condition holds.
bool if_match_holds(const request& request, std::string_view tag) {
  const std::string_view tags = request.headers()["If-Match"];
  return tags.empty() || has_tag(tags, tag, weak_tags::do_not_count);
}

bool is_not_modified(const request& request, const file_slice& file, std::string_view tag) {
  if (const auto tags = request.headers().find("If-None-Match")) {
    return has_tag(*tags, tag, weak_tags::count);
  }
  const auto since = from_http_date(request.headers()["If-Modified-Since"]);
  return since && time_of(file) <= *since;
}

/// Whether the If-Range condition holds: the client has a part of this version of the file.
bool if_range_holds(const request& request, const file_slice& file, std::string_view tag) {
  const auto condition = request.headers().find("If-Range");
  if (!condition) return true;
  const auto since = from_http_date(*condition);
  return since ? time_of(file) == *since : *condition == tag;
}

struct range {
  std::uint64_t first = 0;
  std::uint64_t size = 0;
};

std::optional<std::uint64_t> bytes_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Nothing if the range is malformed or a list: then the whole file is sent. Size 0 if the range is
/// outside of the file.
std::optional<range> range_in(std::string_view header, std::uint64_t file_size) {
  const auto [unit, text] = detail::split_once(header, '=');
  if (!same_without_case(detail::trimmed(unit), "bytes") || text.find('-') == text.npos) {
    return std::nullopt;
  }
  const auto [first_text, last_text] = detail::split_once(detail::trimmed(text), '-');
  const auto first = bytes_in(detail::trimmed(first_text));
  const auto last = bytes_in(detail::trimmed(last_text));
  if (first_text.empty()) {
    if (!last) return std::nullopt;
    const std::uint64_t size = std::min(*last, file_size);
    return range{file_size - size, size};
  }
  if (!first || (!last && !detail::trimmed(last_text).empty()) || (last && *last < *first)) {
    return std::nullopt;
  }
  if (*first >= file_size) return range{};
  const std::uint64_t end = last ? std::min(*last, file_size - 1) + 1 : file_size;
  return range{*first, end - *first};
}

std::string disposition(const std::string& name) {
  std::string plain;
  bool ascii = true;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) ascii = false;
    if (c == '"' || c == '\\') plain += '\\';
    plain += byte < 0x20 || byte >= 0x7f ? '_' : c;
  }
  std::string text = "attachment; filename=\"" + plain + "\"";
  if (!ascii) text += "; filename*=UTF-8''" + detail::escape(name, "!#$&+^`|");
  return text;
}

file_slice open_or_404(const std::string& path) {
  try {
    return file_slice(path);
  } catch (const std::system_error&) {
    throw http_error(404);
  }
}

}  // namespace

response send_file(const std::string& path, const send_file_options& options) {
  const request& request = current_request();
  file_slice file = open_or_404(path);
  const std::string tag = tag_of(file);
  const std::string name =
      options.download_name.empty() ? fs::path(path).filename().string() : options.download_name;

  response result;
  std::string_view type = options.mime_type;
  if (type.empty()) type = mime_type_of(name);
  result.set_mime_type(type.empty() ? "application/octet-stream" : type);
  web::headers& headers = result.headers();
  if (options.as_attachment) headers.set("Content-Disposition", disposition(name));
  headers.set("ETag", tag);
  headers.set("Last-Modified", http_date(time_of(file)));
  headers.set("Accept-Ranges", "bytes");
  headers.set("Cache-Control", options.max_age
                                   ? "public, max-age=" + std::to_string(options.max_age->count())
                                   : "no-cache");

  // Conditions and ranges apply to GET and HEAD only.
  if (request.method() != "GET" && request.method() != "HEAD") {
    result.set_body(std::move(file));
    return result;
  }
  if (!if_match_holds(request, tag)) throw http_error(412);
  if (is_not_modified(request, file, tag)) {
    result.set_status(304);
    return result;
  }
  const auto range_header = request.headers().find("Range");
  if (range_header && if_range_holds(request, file, tag)) {
    const std::uint64_t all = file.file_size();
    if (const auto found = range_in(*range_header, all)) {
      if (found->size == 0) {
        http_error error(416);
        error.more_headers().set("Content-Range", "bytes */" + std::to_string(all));
        throw http_error(error);
      }
      result.set_status(206);
      headers.set("Content-Range", "bytes " + std::to_string(found->first) + "-" +
                                       std::to_string(found->first + found->size - 1) + "/" +
                                       std::to_string(all));
      result.set_body(file.subslice(found->first, found->size));
      return result;
    }
  }
  result.set_body(std::move(file));
  return result;
}

response send_from_directory(const std::string& folder, std::string_view name,
                             const send_file_options& options) {
  const fs::path inside{std::string(name)};
  if (name.empty() || inside.is_absolute() || name.find('\0') != name.npos ||
      name.find('\\') != name.npos) {
    throw http_error(404);
  }
  // Canonical paths, since the system follows links when it opens the file.
  std::error_code error;
  const fs::path base = fs::canonical(folder, error);
  if (error) throw http_error(404);
  const fs::path whole = fs::canonical(base / inside, error);
  if (error) throw http_error(404);
  const auto [end_of_base, rest] =
      std::mismatch(base.begin(), base.end(), whole.begin(), whole.end());
  if (end_of_base != base.end() || rest == whole.end()) throw http_error(404);
  return send_file(whole.string(), options);
}

}  // namespace aldis::web
