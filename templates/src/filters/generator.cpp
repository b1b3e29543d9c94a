#include "generator.hpp"

#include <aldis/templates/error.hpp>

#include "memory.hpp"

namespace aldis::templates::detail {

namespace {

/// A loop over a generator. All loops over one generator share its items.
class generator_cursor final : public cursor {
 public:
  explicit generator_cursor(generator& of) : of_(reference<generator>::share(of)) {}

  bool next(value& item, render_context& context) override { return of_->next(item, context); }

 private:
  reference<generator> of_;
};

}  // namespace

std::unique_ptr<cursor> generator::iterate() const {
  return std::make_unique<generator_cursor>(const_cast<generator&>(*this));
}

void generator::append_repr(std::string& out, render_context&) const {
  out.append("<").append(type_name_).append(" object");
  // Python prints the address too, which a page should not reveal.
  if (!function_.empty()) out.append(" ").append(function_);
  out += ">";
}

bool generator::next(value& item, render_context& context) {
  if (!next_) return false;
  if (running_) fail(error_kind::value, "generator already executing");
  struct run {
    explicit run(generator& of) : self(of) { self.running_ = true; }
    run(const run&) = delete;
    run& operator=(const run&) = delete;
    ~run() {
      self.running_ = false;
      if (more) return;
      // An exhausted or failed generator releases what it iterates over.
      self.next_ = nullptr;
      self.held_.clear();
    }
    generator& self;
    bool more = false;
  };
  run now(*this);
  now.more = next_(item, context);
  return now.more;
}

value make_generator(std::string_view function, const arguments& args, generator::step next) {
  // Its captures and its state.
  count_bytes_made(256 + args.positional().size() * sizeof(value));
  list held(args.positional().begin(), args.positional().end());
  for (const keyword_argument& keyword : args.keywords()) held.push_back(keyword.argument);
  return value(reference(new generator("generator", function, std::move(held), std::move(next))));
}

value make_iterator(std::string_view type_name, list items) {
  const value all(std::move(items));
  return value(reference(new generator(
      type_name, {}, {all}, [all, index = std::size_t{0}](value& item, render_context&) mutable {
        if (index == all.as_list().size()) return false;
        item = all.as_list()[index++];
        return true;
      })));
}

}  // namespace aldis::templates::detail
