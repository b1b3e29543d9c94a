#pragma once

#include <aldis/templates/tag.hpp>
#include <aldis/templates/value.hpp>

#include <functional>
#include <map>
#include <string>

namespace aldis::templates::detail {

/// A tag added by add_tag().
struct custom_tag {
  value function;
  tag_options options;
  bool takes_arguments = true;
};
using custom_tags = std::map<std::string, custom_tag, std::less<>>;

}  // namespace aldis::templates::detail
