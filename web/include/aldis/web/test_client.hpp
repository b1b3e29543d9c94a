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

/// A request of a test client, without method and address.
struct client_request {
  /// Added to the query of the address.
  multi_dict query = {};
  web::headers headers = {};
  /// The body, if `form`, `files` and `json` are empty.
  std::string data = {};
  std::string content_type = {};
  /// Sent as an urlencoded form; with files, as multipart/form-data.
  multi_dict form = {};
  file_parts files = {};
  /// JSON text, sent as application/json.
  std::string json = {};
  bool follow_redirects = false;
};

/// A response to a test client, with its whole body.
struct client_response {
  int status = 0;
  std::string reason = {};
  web::headers headers = {};
  std::string body = {};
  /// The path of the last request, after redirects.
  std::string path = {};
  /// The redirects that were followed, in order.
  std::vector<client_response> history = {};
};

/// Sends requests to an app without a socket, and keeps cookies like a browser.
///
///     web::test_client client(app);
///     CHECK(client.get("/").status == 200);
///
/// Threads: one at a time.
/// Exceptions: requests throw the exceptions that the app lets out; set TESTING to get those of
/// handlers.
class ALDIS_API test_client {
 public:
  explicit test_client(app& app);
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

  /// The value of a cookie; nothing if there is none. Of several, the one with the longest path.
  std::optional<std::string> cookie(std::string_view name) const;
  void set_cookie(std::string_view name, std::string_view value, std::string_view path = "/");
  void delete_cookie(std::string_view name, std::string_view path = "/");

  /// Opens the session in the cookies of this client, calls `change`, and saves it.
  void session_transaction(const std::function<void(session_values&)>& change);

  /// For its lifetime, the context of a request stays current until the next request, so that a
  /// test can inspect g() and session().
  class ALDIS_API kept_contexts {
   public:
    explicit kept_contexts(test_client& client);
    kept_contexts(const kept_contexts&) = delete;
    kept_contexts& operator=(const kept_contexts&) = delete;
    /// Tears down the last context; exceptions are logged.
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
