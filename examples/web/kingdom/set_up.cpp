#include "pages.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace web = aldis::web;

namespace kingdom {

namespace {

std::string random_key() {
  std::random_device random;
  std::string key;
  for (int i = 0; i < 8; ++i) key += std::to_string(random());
  return key;
}

}  // namespace

void set_up(web::app& app, petition_book& book) {
  web::config& config = app.config();
  // Without a key from outside, sessions last as long as the program.
  config["SECRET_KEY"] = random_key();
  // Forms on other sites cannot act for who wears the crown.
  config["SESSION_COOKIE_SAMESITE"] = "Lax";
  config["MAX_CONTENT_LENGTH"] = 64 * 1024;
  config.from_prefixed_environment("KINGDOM");

  add_hall(app, book);
  add_throne(app, book);
  add_json(app, book);
}

}  // namespace kingdom
