#include "loop.hpp"

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/error.hpp>

#include "../bound_function.hpp"
#include "../memory.hpp"
#include "../python_operations.hpp"
#include "render.hpp"

#include <algorithm>
#include <utility>

namespace aldis::templates::detail {

loop_items::loop_items(const loop_statement& of, value over, frame& in)
    : of_(of), in_(in), all_(std::move(over), in.render()) {
  if (of.test) in.load(of.test_names.once);
}

bool loop_items::next(value& item) {
  in_.render().count_steps(of_.weight);
  if (!of_.test) return all_.next(item);
  while (all_.next(item)) {
    in_.render().count_steps(of_.weight);
    assign(*of_.test_target, item, in_);
    in_.go_to(of_.test->at);
    value scratch;
    if (!truth(of_.test->evaluate_ref(in_, scratch))) continue;
    // A target unpacked for the test is a tuple afterwards.
    if (of_.test_target->kind == node_kind::tuple) item = of_.test_target->evaluate(in_);
    return true;
  }
  return false;
}

std::optional<std::size_t> loop_items::size() const {
  return of_.test ? std::nullopt : all_.size_hint();
}

loop_object::loop_object(const loop_statement& of, loop_items& items, std::size_t depth,
                         reference<frame> around)
    : of_(of), items_(&items), depth_(depth), around_(std::move(around)), length_(items.size()) {
  if (around_) from_ = around_->from().shared_from_this();
}

bool loop_object::pull(value& item) const {
  if (!ahead_.empty()) {
    item = std::move(ahead_.back());
    ahead_.pop_back();
    return true;
  }
  return items_ && items_->next(item);
}

bool loop_object::next(value& item) {
  if (after_) {
    item = std::move(*after_);
    after_.reset();
  } else if (!pull(item)) {
    return false;
  }
  ++index_;
  before_ = std::move(current_);
  current_ = item;
  return true;
}

const value* loop_object::peek() const {
  if (!after_) {
    value item;
    if (!pull(item)) return nullptr;
    after_ = std::move(item);
  }
  return &*after_;
}

std::size_t loop_object::length() const {
  if (!length_) {
    list others;
    for (value item; pull(item);) {
      make_room(others, 1);
      others.push_back(std::move(item));
    }
    std::reverse(others.begin(), others.end());
    ahead_ = std::move(others);
    length_ = ahead_.size() + index_ + (after_ ? 1 : 0);
  }
  check_length(*length_);
  return *length_;
}

namespace {

enum class loop_member : unsigned char {
  none,
  index,
  index0,
  revindex,
  revindex0,
  first,
  last,
  length,
  depth,
  depth0,
  previtem,
  nextitem,
  cycle,
  changed,
};

loop_member member_of(std::string_view name) noexcept {
  static constexpr std::pair<std::string_view, loop_member> members[] = {
      {"index", loop_member::index},         {"index0", loop_member::index0},
      {"first", loop_member::first},         {"last", loop_member::last},
      {"length", loop_member::length},       {"revindex", loop_member::revindex},
      {"revindex0", loop_member::revindex0}, {"depth", loop_member::depth},
      {"depth0", loop_member::depth0},       {"previtem", loop_member::previtem},
      {"nextitem", loop_member::nextitem},   {"cycle", loop_member::cycle},
      {"changed", loop_member::changed},
  };
  for (const auto& [known, member] : members) {
    if (known == name) return member;
  }
  return loop_member::none;
}

const loop_object& loop_of(const value& self) {
  return static_cast<const loop_object&>(self.as_object());
}

value call_cycle(const value& self, const arguments& args) { return loop_of(self).cycle(args); }
value call_changed(const value& self, const arguments& args) { return loop_of(self).changed(args); }

}  // namespace

std::optional<value> loop_object::attribute(std::string_view name, render_context& context) const {
  const auto number = [](std::size_t from, std::size_t less) {
    return value(static_cast<std::int64_t>(from) - static_cast<std::int64_t>(less));
  };
  const auto self = [&] {
    return value(reference<loop_object>::share(const_cast<loop_object&>(*this)));
  };
  switch (member_of(name)) {
    case loop_member::index:
      return number(index_, 0);
    case loop_member::index0:
      return number(index_, 1);
    case loop_member::revindex:
      return number(length() + 1, index_);
    case loop_member::revindex0:
      return number(length(), index_);
    case loop_member::first:
      return value(index_ == 1);
    case loop_member::last:
      return value(peek() == nullptr);
    case loop_member::length:
      return number(length(), 0);
    case loop_member::depth:
      return number(depth_ + 1, 0);
    case loop_member::depth0:
      return number(depth_, 0);
    case loop_member::previtem:
      if (index_ == 1) return context.undefined_because("there is no previous item");
      return before_.value_or(value());
    case loop_member::nextitem: {
      const value* const next = peek();
      return next ? *next : context.undefined_because("there is no next item");
    }
    case loop_member::cycle:
      return bind_method(self(), "cycle", call_cycle);
    case loop_member::changed:
      return bind_method(self(), "changed", call_changed);
    case loop_member::none:
      break;
  }
  return std::nullopt;
}

value loop_object::cycle(const arguments& args) const {
  if (!args.keywords().empty()) {
    fail(error_kind::type, "LoopContext.cycle() got an unexpected keyword argument '" +
                               std::string(args.keywords().front().name) + "'");
  }
  if (args.positional().empty()) fail(error_kind::type, "no items for cycling given");
  const std::size_t size = args.positional().size();
  return args.positional()[(index_ + size - 1) % size];
}

value loop_object::changed(const arguments& args) const {
  if (!args.keywords().empty()) {
    fail(error_kind::type, "LoopContext.changed() got an unexpected keyword argument '" +
                               std::string(args.keywords().front().name) + "'");
  }
  const auto now = args.positional();
  if (last_changed_ &&
      std::equal(last_changed_->begin(), last_changed_->end(), now.begin(), now.end(),
                 [](const value& a, const value& b) { return same_or_equal(a, b); })) {
    return false;
  }
  last_changed_ = list(now.begin(), now.end());
  return true;
}

value loop_object::call(const arguments& args) const {
  if (!around_) {
    fail(error_kind::type, "The loop must have the 'recursive' marker to be called recursively.");
  }
  if (args.positional().size() != 1 || !args.keywords().empty()) {
    fail(error_kind::type, "LoopContext.__call__() takes 2 positional arguments but " +
                               std::to_string(args.positional().size() + 1) + " were given");
  }
  if (around_->over()) {
    fail(error_kind::runtime, "a loop is called after the end of the render it belongs to");
  }
  render& in = render::of(args.context());
  output out;
  of_.run(*around_, args.positional().front(), depth_ + 1, out);
  in.count_memory(out.size());
  return value(in.escapes(of_.escapes) ? value_kind::markup : value_kind::text, out.view());
}

/// Iterating over `loop` consumes its items: returns pairs of an item and the loop.
class loop_object::rest final : public cursor {
 public:
  explicit rest(reference<loop_object> of) : of_(std::move(of)) {}
  bool next(value& item, render_context&) override {
    value next;
    if (!of_->next(next)) return false;
    item = value(tuple{{next, value(of_)}});
    return true;
  }

 private:
  reference<loop_object> of_;
};

std::unique_ptr<cursor> loop_object::iterate() const {
  return std::make_unique<rest>(reference<loop_object>::share(const_cast<loop_object&>(*this)));
}

void loop_object::append_repr(std::string& out, render_context&) const {
  out.append("<LoopContext ").append(std::to_string(index_)).append("/");
  out.append(std::to_string(length())).append(">");
}

void loop_object::traverse(std::vector<const value*>& into) const {
  if (after_) into.push_back(&*after_);
  if (current_) into.push_back(&*current_);
  if (before_) into.push_back(&*before_);
  for (const value& each : ahead_) into.push_back(&each);
  if (last_changed_) {
    for (const value& each : *last_changed_) into.push_back(&each);
  }
}

// Statement

namespace {

/// Runs a loop. True if an iteration reached the end of the body.
bool run_rounds(const loop_statement& loop, frame& in, loop_items& items, loop_object* object) {
  bool any = false;
  for (value item;;) {
    in.go_to(loop.at);
    if (object ? !object->next(item) : !items.next(item)) return any;
    assign(*loop.target, std::move(item), in);
    in.load(loop.names.each);
    const flow end = run(loop.rounds, in);
    if (end == flow::break_loop) return any;
    if (end == flow::normal) any = true;
  }
}

/// The same for the most common loop: over a list, with one variable.
bool run_plain_rounds(const loop_statement& loop, frame& in, const list& items) {
  render& now = in.render();
  value& variable = in.at(static_cast<const name_expression&>(*loop.target).variable);
  bool any = false;
  // The body may extend the list; the loop then visits the new items too.
  for (std::size_t i = 0; i < items.size(); ++i) {
    in.go_to(loop.at);
    now.count_steps(1 + loop.weight);
    variable = items[i];
    if (!loop.names.each.empty()) in.load(loop.names.each);
    const flow end = run(loop.rounds, in);
    if (end == flow::break_loop) return any;
    if (end == flow::normal) any = true;
  }
  return any;
}

void run_loop(const loop_statement& loop, frame& in, value over, std::size_t depth,
              reference<frame> around) {
  const bool is_sequence = over.is(value_kind::list) || over.is(value_kind::tuple);
  if (is_sequence && loop.loop_slot == no_slot && !loop.test &&
      loop.target->kind == node_kind::name) {
    in.load(loop.names.once);
    if (run_plain_rounds(loop, in, over.as_items()) || loop.otherwise.empty()) return;
    in.load(loop.otherwise_names.once);
    run(loop.otherwise, in);
    return;
  }
  loop_items items(loop, std::move(over), in);
  in.load(loop.names.once);
  bool any = false;
  if (loop.loop_slot == no_slot) {
    any = run_rounds(loop, in, items, nullptr);
  } else {
    const reference<loop_object> object(new loop_object(loop, items, depth, std::move(around)));
    // A stored loop must not refer to destroyed items.
    struct ending {
      loop_object& of;
      ~ending() { of.end(); }
    } const at_end{*object};
    in.at(loop.loop_slot) = value(object);
    any = run_rounds(loop, in, items, object.get());
    in.at(loop.loop_slot) = missing();
  }
  if (!any && !loop.otherwise.empty()) {
    in.load(loop.otherwise_names.once);
    run(loop.otherwise, in);
  }
}

}  // namespace

flow loop_statement::execute(frame& in) const {
  value over_what = over->evaluate(in);
  if (!recursive) {
    run_loop(*this, in, std::move(over_what), 0, {});
    return flow::normal;
  }
  run(in, std::move(over_what), 0, in.out());
  return flow::normal;
}

void loop_statement::run(frame& around, value over_what, std::size_t at_depth, output& out) const {
  render& in = around.render();
  const reference<frame> here = frame::make(around, layout, out);
  const render::leaving at_end(in, here);
  in.run_function(*here, [&] {
    here->go_to(at);
    run_loop(*this, *here, std::move(over_what), at_depth, reference<frame>::share(around));
  });
}

}  // namespace aldis::templates::detail
