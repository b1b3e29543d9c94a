#include <aldis/web.hpp>

#include "events.hpp"
#include "pages.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace web = aldis::web;

namespace kingdom {

namespace {

constexpr int longest_name = 60;
constexpr int longest_plea = 500;

std::string trimmed(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(blank) + 1 - begin));
}

/// In characters: the bytes of UTF-8 that do not continue one.
auto length(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; });
}

/// What is wrong with a petition; empty if nothing is.
std::string objection(std::string_view name, std::string_view plea) {
  if (name.empty()) return "The herald must know your name.";
  if (length(name) > longest_name) {
    return "The herald can shout names of " + std::to_string(longest_name) + " letters at most.";
  }
  if (plea.empty()) return "What do you ask for?";
  if (length(plea) > longest_plea) {
    return "The king listens to " + std::to_string(longest_plea) + " letters at most.";
  }
  return {};
}

std::string hall(const petition_book& book, std::string_view plea = {}) {
  return web::render_template("hall.html", {{"petitions", book.all()},
                                            {"plea", plea},
                                            {"longest_name", longest_name},
                                            {"longest_plea", longest_plea}});
}

/// A form was sent in: the book has it and the world knows, or it comes back with what is wrong.
web::response present(web::app& app, petition_book& book, const web::request& request) {
  const std::string name = trimmed(request.form()["name"]);
  const std::string plea = trimmed(request.form()["plea"]);
  if (const std::string wrong = objection(name, plea); !wrong.empty()) {
    web::flash(wrong, "bad");
    return {hall(book, plea), 422};
  }

  const petition written = book.add(name, plea);
  web::session()["name"] = name;
  petition_presented.send(app, written);
  web::flash("Petition " + std::to_string(written.number) + " is in the book, " + name + ".",
             "good");
  return web::redirect(web::url_for("hall"));
}

std::string show(const petition_book& book, int number) {
  const auto found = book.find(number);
  if (!found) web::abort(404, "There is no petition " + std::to_string(number) + ".");
  return web::render_template("petition.html", {{"petition", *found}});
}

/// With the headers of the error's own page, as Allow of a 405.
web::response error_page(const web::http_error& error) {
  web::response page = error.to_response();
  page.set_body(web::render_template(
      "error.html",
      {{"code", error.code()}, {"name", error.name()}, {"description", error.description()}}));
  return page;
}

}  // namespace

void add_hall(web::app& app, petition_book& book) {
  app.route("/", {.endpoint = "hall"}, [&book] { return hall(book); });
  app.route("/petitions", {.methods = {"POST"}, .endpoint = "present"},
            [&app, &book](const web::request& request) { return present(app, book, request); });
  app.route("/petitions/<int:number>", {.endpoint = "petition"},
            [&book](int number) { return show(book, number); });
  app.errorhandler<web::http_error>(error_page);
}

}  // namespace kingdom
