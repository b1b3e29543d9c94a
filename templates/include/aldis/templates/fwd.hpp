#pragma once

// The public names of templates, for headers that only mention them.

namespace aldis::templates {

class arguments;
class compiled_template;
class cursor;
class dict;
class environment;
class error;
class evaluation;
class object;
class value;

struct environment_options;
struct keyword_argument;
struct limits;
struct loaded_source;

enum class error_kind;
enum class value_kind : unsigned char;
enum class undefined_behaviour : unsigned char;

template <class T>
struct conversion;

}  // namespace aldis::templates
