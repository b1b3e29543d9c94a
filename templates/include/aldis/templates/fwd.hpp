#pragma once

// The public names of templates, for headers that only mention them.

namespace aldis::templates {

class arguments;
class catalog;
class chat_environment;
class compiled_template;
class cursor;
class dict;
class environment;
class error;
class render_context;
class object;
class tag_body;
class value;

struct chat_options;
struct chat_text;
struct environment_options;
struct keyword_argument;
struct limits;
struct loaded_source;
struct message;
struct tag_options;

enum class error_kind;
enum class value_kind : unsigned char;
enum class undefined_policy : unsigned char;

template <class T>
struct conversion;

}  // namespace aldis::templates
