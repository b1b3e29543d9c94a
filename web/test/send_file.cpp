#include <aldis/web.hpp>
#include <aldis/web/send_file.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace web = aldis::web;
namespace fs = std::filesystem;

namespace {

/// A separate folder, with a secret beside it.
struct folder {
  fs::path base;
  fs::path files;

  folder() {
    std::string name = (fs::temp_directory_path() / "aldis-web-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), name);
    base = name;
    files = base / "static";
    fs::create_directories(files / "sub");
    write("static/a.txt", "0123456789");
    write("static/sub/b.css", "b {}");
    write("secret", "secret");
    fs::create_symlink(base / "secret", files / "link");
    fs::create_symlink(files / "a.txt", files / "inside.txt");
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { fs::remove_all(base); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(base / name) << text;
  }
};

}  // namespace

TEST_CASE("static files are served with their type, and revalidated") {
  const folder here;
  web::app app("app", {.root_path = here.base.string()});
  app.route("/url", [] { return web::url_for("static", {{"filename", "sub/b.css"}}); });
  web::test_client client(app);

  const web::client_response file = client.get("/static/a.txt");
  CHECK(file.body == "0123456789");
  CHECK(file.headers["Content-Type"] == "text/plain; charset=utf-8");
  CHECK(file.headers["Content-Length"] == "10");
  CHECK(file.headers["Cache-Control"] == "no-cache");
  CHECK(client.get("/static/sub/b.css").headers["Content-Type"] == "text/css; charset=utf-8");
  CHECK(client.get("/static/inside.txt").body == "0123456789");
  CHECK(client.get("/url").body == "/static/sub/b.css");
  CHECK(client.head("/static/a.txt").headers["Content-Length"] == "10");
  CHECK(client.head("/static/a.txt").body.empty());
  CHECK(client.post("/static/a.txt").status == 405);
}

TEST_CASE("no name leads out of the folder") {
  const folder here;
  web::app app("app", {.root_path = here.base.string()});
  web::test_client client(app);
  for (const char* const path :
       {"/static/../secret", "/static/..%2fsecret", "/static/%2e%2e/secret",
        "/static/sub/../../secret", "/static/link", "/static/sub", "/static/",
        "/static//etc/passwd", "/static/%2fetc/passwd", "/static/..\\secret", "/static/a.txt%00",
        "/static/none", "/static/."}) {
    const int status = client.get(path).status;
    CHECK_MESSAGE((status == 404 || status == 308), path);
  }
}

TEST_CASE("conditional requests get a 304 if the client has the file") {
  const folder here;
  web::app app("app", {.root_path = here.base.string()});
  web::test_client client(app);
  const web::client_response first = client.get("/static/a.txt");
  const std::string tag(first.headers["ETag"]);
  const std::string date(first.headers["Last-Modified"]);
  const auto status = [&](web::headers with) {
    return client.get("/static/a.txt", {.headers = std::move(with)}).status;
  };

  CHECK(status({{"If-None-Match", tag}}) == 304);
  CHECK(status({{"If-None-Match", "\"other\", W/" + tag}}) == 304);
  CHECK(status({{"If-None-Match", "*"}}) == 304);
  CHECK(status({{"If-None-Match", "\"other\""}}) == 200);
  CHECK(status({{"If-Modified-Since", date}}) == 304);
  CHECK(status({{"If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"}}) == 200);
  // As asctime writes it.
  const std::string day = (date[5] == '0' ? " " : date.substr(5, 1)) + date.substr(6, 1);
  const std::string old_date = date.substr(0, 3) + " " + date.substr(8, 3) + " " + day + " " +
                               date.substr(17, 8) + " " + date.substr(12, 4);
  CHECK(status({{"If-Modified-Since", old_date}}) == 304);
  CHECK(status({{"If-Modified-Since", "Thu Jan  1 00:00:00 1970"}}) == 200);
  CHECK(status({{"If-None-Match", "\"other\""}, {"If-Modified-Since", date}}) == 200);
  const web::client_response unchanged =
      client.get("/static/a.txt", {.headers = {{"If-None-Match", tag}}});
  CHECK(unchanged.body.empty());
  CHECK(unchanged.headers["ETag"] == tag);
  CHECK(!unchanged.headers.contains("Content-Length"));
}

TEST_CASE("a range is a 206, an invalid one the whole file, one outside a 416") {
  const folder here;
  web::app app("app", {.root_path = here.base.string()});
  web::test_client client(app);
  const std::string tag(client.get("/static/a.txt").headers["ETag"]);
  const auto get = [&](std::string_view range, std::string_view condition = "") {
    web::headers with{{"Range", range}};
    if (!condition.empty()) with.add("If-Range", condition);
    const web::client_response r = client.get("/static/a.txt", {.headers = with});
    return std::to_string(r.status) + " " + std::string(r.headers["Content-Range"]) +
           (r.status == 416 ? "" : " " + r.body);
  };

  CHECK(get("bytes=0-3") == "206 bytes 0-3/10 0123");
  CHECK(get("bytes=8-") == "206 bytes 8-9/10 89");
  CHECK(get("bytes=-3") == "206 bytes 7-9/10 789");
  CHECK(get("bytes=5-100") == "206 bytes 5-9/10 56789");
  CHECK(get("bytes=-100") == "206 bytes 0-9/10 0123456789");
  CHECK(get("bytes=10-") == "416 bytes */10");
  CHECK(get("bytes=-0") == "416 bytes */10");
  for (const char* const odd : {"bytes=3-2", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1", "bytes"}) {
    CHECK(get(odd) == "200  0123456789");
  }
  CHECK(get("bytes=0-3", tag) == "206 bytes 0-3/10 0123");
  CHECK(get("bytes=0-3", "\"other\"") == "200  0123456789");
}

TEST_CASE("If-Match with another version of the file is a 412") {
  const folder here;
  web::app app("app", {.root_path = here.base.string()});
  app.errorhandler(412, [] { return std::pair("another", 412); });
  web::test_client client(app);
  const std::string tag(client.get("/static/a.txt").headers["ETag"]);
  const auto get = [&](web::headers with) {
    const web::client_response r = client.get("/static/a.txt", {.headers = std::move(with)});
    return std::to_string(r.status) + " " + r.body;
  };

  CHECK(get({{"If-Match", tag}}) == "200 0123456789");
  CHECK(get({{"If-Match", "\"zz\", " + tag}}) == "200 0123456789");
  CHECK(get({{"If-Match", "*"}}) == "200 0123456789");
  CHECK(get({{"If-Match", ""}}) == "200 0123456789");
  CHECK(get({{"If-Match", tag}, {"Range", "bytes=0-3"}}) == "206 0123");
  CHECK(get({{"If-Match", "\"zz\""}}) == "412 another");
  CHECK(get({{"If-Match", "W/" + tag}}) == "412 another");
  CHECK(get({{"If-Match", "\"zz\""}, {"If-None-Match", tag}}) == "412 another");
  CHECK(get({{"If-Match", "\"zz\""}, {"Range", "bytes=0-3"}}) == "412 another");
  CHECK(get({{"If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"}}) == "200 0123456789");
  CHECK(client.head("/static/a.txt", {.headers = {{"If-Match", "\"zz\""}}}).status == 412);
}

TEST_CASE("conditions and ranges apply to GET and HEAD only") {
  const folder here;
  const std::string path = (here.files / "a.txt").string();
  web::app app;
  app.route("/", {.methods = {"GET", "POST"}}, [&] { return web::send_file(path); });
  web::test_client client(app);
  const std::string tag(client.get("/").headers["ETag"]);

  for (const web::headers& with : {web::headers{{"If-None-Match", "*"}},
                                   {{"If-None-Match", tag}},
                                   {{"If-Match", "\"zz\""}},
                                   {{"Range", "bytes=0-3"}},
                                   {{"Range", "bytes=50-"}}}) {
    const web::client_response posted = client.post("/", {.headers = with});
    CHECK(posted.status == 200);
    CHECK(posted.body == "0123456789");
    CHECK(posted.headers["ETag"] == tag);
  }
  CHECK(client.head("/", {.headers = {{"If-None-Match", "*"}}}).status == 304);
  CHECK(client.head("/", {.headers = {{"Range", "bytes=0-3"}}}).status == 206);
}

TEST_CASE("an attachment has a file name, also in UTF-8") {
  const folder here;
  web::app app;
  const std::string path = (here.files / "a.txt").string();
  app.route("/", [&] {
    return web::send_file(path, {.as_attachment = true,
                                 .download_name = "r\u00e9sum\u00e9 \"1\".pdf",
                                 .max_age = std::chrono::seconds(60)});
  });
  app.route("/none", [] { return web::send_file("/nowhere/at/all"); });
  web::test_client client(app);

  const web::client_response file = client.get("/");
  CHECK(file.headers["Content-Disposition"] ==
        "attachment; filename=\"r__sum__ \\\"1\\\".pdf\"; "
        "filename*=UTF-8''r%C3%A9sum%C3%A9%20%221%22.pdf");
  CHECK(file.headers["Content-Type"] == "application/pdf");
  CHECK(file.headers["Cache-Control"] == "public, max-age=60");
  CHECK(client.get("/none").status == 404);
}

TEST_CASE("uploaded files can be saved") {
  const folder here;
  web::app app;
  app.post("/", [&](web::request& request) {
    const web::file_part* const file = request.file("upload");
    if (!file) web::abort(400);
    file->save((here.base / web::safe_file_name(file->file_name)).string());
    return request.form()["title"];
  });
  web::test_client client(app);

  CHECK(client
            .post("/", {.form = {{"title", "a title"}},
                        .files = {{"upload", "../x y.bin", {}, std::string("\0\r\n--", 5)}}})
            .body == "a title");
  std::ifstream saved(here.base / "x_y.bin", std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(saved), {}};
  CHECK(content == std::string("\0\r\n--", 5));
}
