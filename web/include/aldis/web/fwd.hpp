#pragma once

// The public names of web, for headers that only mention them.

namespace aldis::web {

class app;
class blueprint;
class body_source;
class command_line;
class headers;
class http_error;
class multi_dict;
class request;
class response;

struct cookie_options;
struct file_part;

}  // namespace aldis::web
