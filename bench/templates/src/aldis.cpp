#include <aldis/templates/environment.hpp>

#include "data.hpp"
#include "engine.hpp"

#include <map>
#include <utility>

namespace {

namespace templates = aldis::templates;

templates::dict variables() {
  templates::list links;
  for (int i = 0; i < data::links; ++i) {
    links.push_back(templates::dict{{"href", data::href(i)}, {"caption", data::caption(i)}});
  }
  templates::list rows;
  for (int i = 0; i < data::rows; ++i) {
    rows.push_back(templates::dict{{"name", data::name(i)}, {"price", data::price(i)}});
  }
  templates::list table;
  for (int i = 0; i < data::table_rows; ++i) {
    templates::list cells;
    for (int j = 0; j < data::table_columns; ++j) cells.push_back(data::cell(i, j));
    table.push_back(std::move(cells));
  }
  return {{"title", data::title}, {"links", links}, {"rows", rows}, {"table", table}};
}

class aldis_engine final : public engine {
 public:
  explicit aldis_engine(const std::string& folder)
      : environment_({.loader = templates::from_folder(folder), .autoescape = true}),
        variables_(variables()) {
    for (const char* page : {"page", "table"}) {
      compiled_.emplace(page, environment_.get(std::string(page) + ".html"));
    }
    for (const char* file : {"base", "page", "table"}) {
      sources_.emplace(file, read_page(folder + "/" + file + ".html"));
    }
  }

  std::string render(std::string_view page) override {
    return compiled_.find(page)->second.render(variables_);
  }

  std::size_t compile(std::string_view page) override {
    std::size_t bytes = compile_file(std::string(page));
    if (page == "page") bytes += compile_file("base");
    return bytes;
  }

 private:
  std::size_t compile_file(const std::string& file) {
    const std::string& source = sources_.at(file);
    environment_.from_string(source, file + ".html");
    return source.size();
  }

  templates::environment environment_;
  templates::dict variables_;
  std::map<std::string, templates::compiled_template, std::less<>> compiled_;
  std::map<std::string, std::string> sources_;
};

}  // namespace

std::unique_ptr<engine> make_aldis(const std::string& folder) {
  return std::make_unique<aldis_engine>(folder);
}
