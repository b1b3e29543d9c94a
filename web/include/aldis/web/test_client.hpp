#pragma once

#include <aldis/export.hpp>
#include <aldis/web/app.hpp>
#include <aldis/web/file_part.hpp>
#include <aldis/web/headers.hpp>
#include <aldis/web/multi_dict.hpp>
#include <aldis/web/session.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web {

/// What goes with a request of a test client beside method and address.
struct client_request {
  /// Added to those in the address.
  multi_dict query = {};
  web::headers headers = {};
  /// The body as it is, if there are no form, files and JSON.
  std::string data = {};
  std::string content_type = {};
  /// Sent as a form; with files as multipart/form-data.
  multi_dict form = {};
  file_parts files = {};
  /// JSON text, sent as application/json.
  std::string json = {};
  bool follow_redirects = false;
};

/// What a test client gets: an answer with its whole body.
struct client_response {
  int status = 0;
  std::string reason = {};
  web::headers headers = {};
  std::string body = {};
  /// Of the last request: where redirects have led to.
  std::string path = {};
  /// The redirects on the way, first to last.
  std::vector<client_response> history = {};
};

/// Asks an app as a browser would, without a socket; keeps cookies.
///
///     web::test_client client(app);
///     CHECK(client.get("/").status == 200);
///
/// Threads: one at a time.
/// Exceptions: of every request those that the app lets out; set TESTING to see those of handlers.
class ALDIS_API test_client {
 public:
  explicit test_client(app& of);
  ~test_client();

  client_response open(std::string_view method, std::string_view target,
                       const client_request& with = {});
  client_response get(std::string_view target, const client_request& with = {}) {
    return open("GET", target, with);
  }
  client_response head(std::string_view target, const client_request& with = {}) {
    return open("HEAD", target, with);
  }
  client_response post(std::string_view target, const client_request& with = {}) {
    return open("POST", target, with);
  }
  client_response put(std::string_view target, const client_request& with = {}) {
    return open("PUT", target, with);
  }
  client_response patch(std::string_view target, const client_request& with = {}) {
    return open("PATCH", target, with);
  }
  // NOLINTNEXTLINE(readability-identifier-naming): delete is a word of C++
  client_response delete_(std::string_view target, const client_request& with = {}) {
    return open("DELETE", target, with);
  }
  client_response options(std::string_view target, const client_request& with = {}) {
    return open("OPTIONS", target, with);
  }

  /// Nothing if there is none. The longest path of that name wins.
  std::optional<std::string> cookie(std::string_view name) const;
  void set_cookie(std::string_view name, std::string_view value, std::string_view path = "/");
  void delete_cookie(std::string_view name, std::string_view path = "/");

  /// Changes the session as a request would, in the cookies of this client.
  void session_transaction(const std::function<void(session_values&)>& change);

  /// As long as this lives, the context of each request becomes current again when the request has
  /// ended, until the next request or the end of this: a test may look at g() and session().
  class ALDIS_API kept_contexts {
   public:
    explicit kept_contexts(test_client& of);
    kept_contexts(const kept_contexts&) = delete;
    kept_contexts& operator=(const kept_contexts&) = delete;
    /// Tears the last one down; what that throws is logged.
    ~kept_contexts();

   private:
    test_client& client_;
  };
  [[nodiscard]] kept_contexts keep_contexts() { return kept_contexts(*this); }

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace aldis::web
