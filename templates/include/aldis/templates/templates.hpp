#pragma once

// Every public header of templates but boost_json.hpp, which needs Boost.

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/chat.hpp>
#include <aldis/templates/compiled_template.hpp>
#include <aldis/templates/convert.hpp>
#include <aldis/templates/dict.hpp>
#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/function.hpp>
#include <aldis/templates/limits.hpp>
#include <aldis/templates/loader.hpp>
#include <aldis/templates/members.hpp>
#include <aldis/templates/object.hpp>
#include <aldis/templates/render_context.hpp>
#include <aldis/templates/tag.hpp>
#include <aldis/templates/translation.hpp>
#include <aldis/templates/value.hpp>
