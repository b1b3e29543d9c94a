#include <aldis/receiver_info.hpp>

#include "state.hpp"
#include <cxxabi.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace aldis {

using namespace detail;

namespace {

std::string owned(text_view from) { return {from.data, from.size}; }

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string in_words(const key_view& key) {
  switch (key.what) {
    case key_view::kind::none:
      return "none";
    case key_view::kind::text:
      return '"' + std::string(key.text, key.size) + '"';
    case key_view::kind::integer:
      return std::to_string(static_cast<std::int64_t>(key.bits));
    case key_view::kind::unsigned_integer:
      return std::to_string(key.bits);
    case key_view::kind::floating:
      return std::to_string(std::bit_cast<double>(key.bits));
    case key_view::kind::long_floating: {
      unsigned char bytes[sizeof key.bits + sizeof key.size];
      std::memcpy(bytes, &key.bits, sizeof key.bits);
      std::memcpy(bytes + sizeof key.bits, &key.size, sizeof key.size);
      long double value = 0;
      std::memcpy(&value, bytes, std::min(sizeof value, sizeof bytes));
      char digits[64];
      std::snprintf(digits, sizeof digits, "%.21Lg", value);
      return digits;
    }
    case key_view::kind::enumeration:
      return readable(std::string(key.text, key.size).c_str()) + '(' +
             std::to_string(static_cast<std::int64_t>(key.bits)) + ')';
    case key_view::kind::object: {
      char digits[2 + 16 + 1];
      std::snprintf(digits, sizeof digits, "0x%llx", static_cast<unsigned long long>(key.bits));
      return digits;
    }
  }
  return {};
}

std::string in_words(bucket& chosen) {
  if (const sender_bucket* const sender = as_sender(&chosen)) {
    return "from(" + in_words(sender->key) + ')';
  }
  return "matching(\"" + pattern_text(chosen) + "\")";
}

std::string selection_of(const place_extras& x) {
  std::vector<std::string> parts;
  const auto everyone = [](const link& l) { return l.to == nullptr; };
  if (std::none_of(x.links.begin(), x.links.end(), everyone)) {
    for (const link& each : x.links) parts.push_back(in_words(*each.to));
  }
  for (const sender_choice* each = x.not_from; each; each = each->next) {
    parts.push_back("not_from(" + in_words(each->key) + ')');
  }
  if (x.filters) parts.emplace_back("when");
  std::string result;
  for (const std::string& part : parts) result += (result.empty() ? "" : ", ") + part;
  return result.empty() ? "everyone" : result;
}

/// Under the core's mutex; the receiver is not destroyed yet.
receiver_info describe(place& p) {
  receiver_info info;
  const place_details& d = *p.details;
  info.file = d.where.file;
  info.line = d.where.line;
  info.selection = "everyone";
  info.priority = p.priority;
  info.blocked = d.blocks != 0;
  info.calls = d.calls.load();
  info.time = std::chrono::nanoseconds(d.nanoseconds.load());
  if (const place_extras* const x = d.extras) {
    info.label = owned(x->label.view());
    info.id = owned(x->id.view());
    info.selection = selection_of(*x);
    info.weak = x->trackers != nullptr;
    info.times_left = x->remaining.load();
    if (x->attached) {
      delivery_counts counts;
      x->attached->describe(counts);
      info.capacity = counts.capacity;
      info.queued = counts.queued;
      info.running = counts.running;
      info.started = counts.started;
      info.dropped = counts.dropped;
      info.failures = counts.failures;
      info.times_left = counts.times_left;
    }
  }
  if (info.label.empty()) {
    info.label =
        readable(p.type->name) + " at " + file_name(info.file) + ':' + std::to_string(info.line);
  }
  info.connection = connection_access::adopt(refer(p));
  return info;
}

}  // namespace

namespace detail {

receiver_info receiver_list<receiver_info>::one(const connection& c) {
  place* const p = connection_access::get(c);
  if (!p) return {};
  const std::lock_guard lock(core_of(*p).mutex);
  if (p->body.load() != body_whole) return {};
  return describe(*p);
}

std::vector<receiver_info> receiver_list<receiver_info>::of(core* of) {
  std::vector<receiver_info> result;
  if (!of) return result;
  full_core& c = full(*of);
  section s(c);
  if (c.weak != 0) sweep(s);
  std::vector<place*> living;
  each_place(c, [&](place& p) { living.push_back(&p); });
  std::sort(living.begin(), living.end(),
            [](const place* a, const place* b) { return before(*a, *b); });
  for (place* const p : living) result.push_back(describe(*p));
  return result;
}

std::string readable(const char* type_name) {
  int status = 0;
  char* const name = abi::__cxa_demangle(type_name, nullptr, nullptr, &status);
  std::string result = status == 0 ? name : type_name;
  std::free(name);
  return result;
}

}  // namespace detail

}  // namespace aldis
