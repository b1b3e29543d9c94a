#include "data.hpp"
#include "engine.hpp"
#include <kainjow/mustache.hpp>

#include <map>

namespace {

namespace mustache = kainjow::mustache;

mustache::data variables() {
  mustache::data all;
  all.set("title", data::title);
  mustache::data links{mustache::data::type::list};
  for (int i = 0; i < data::links; ++i) {
    mustache::data link;
    link.set("href", data::href(i));
    link.set("caption", data::caption(i));
    links << link;
  }
  all.set("links", links);
  mustache::data rows{mustache::data::type::list};
  for (int i = 0; i < data::rows; ++i) {
    mustache::data row;
    row.set("name", data::name(i));
    row.set("price", data::price(i));
    rows << row;
  }
  all.set("rows", rows);
  mustache::data table{mustache::data::type::list};
  for (int i = 0; i < data::table_rows; ++i) {
    mustache::data cells{mustache::data::type::list};
    for (int j = 0; j < data::table_columns; ++j) cells << mustache::data(data::cell(i, j));
    mustache::data row;
    row.set("row", cells);
    table << row;
  }
  all.set("table", table);
  return all;
}

class mustache_engine final : public engine {
 public:
  explicit mustache_engine(const std::string& folder) : variables_(variables()) {
    for (const char* page : {"page", "table"}) {
      const std::string source = read_page(folder + "/" + page + ".mustache");
      sources_.emplace(page, source);
      compiled_.emplace(page, mustache::mustache(source));
    }
  }

  std::string render(std::string_view page) override {
    // Its render() to a string goes through a stream and is slower.
    std::string result;
    compiled_.find(page)->second.render(variables_,
                                        [&](const std::string& piece) { result += piece; });
    return result;
  }

  std::size_t compile(std::string_view page) override {
    const std::string& source = sources_.find(page)->second;
    const mustache::mustache compiled(source);
    return compiled.is_valid() ? source.size() : 0;
  }

 private:
  mustache::data variables_;
  std::map<std::string, mustache::mustache, std::less<>> compiled_;
  std::map<std::string, std::string, std::less<>> sources_;
};

}  // namespace

std::unique_ptr<engine> make_mustache(const std::string& folder) {
  return std::make_unique<mustache_engine>(folder);
}
