#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates::detail {

struct urlize_options {
  std::optional<std::ptrdiff_t> trim;  // as an end of a slice: negative counts from the end
  std::string attributes;              // of every link, such as ` rel="nofollow"`
  std::vector<std::u32string> extra_schemes;
};

/// Escapes text and makes links of addresses in it.
std::string urlize(std::string_view escaped, const urlize_options& options);

/// Whether the text is the scheme of addresses, such as `tel:` or `ftp://`.
bool is_scheme(std::string_view text);

}  // namespace aldis::templates::detail
