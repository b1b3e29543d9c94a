#include "subject_of.hpp"

#include <mutex>
#include <vector>

namespace bench {
namespace {

/// The baseline of all comparisons: a vector of function pointers and objects.
template <class Arg>
struct raw_signal {
  struct entry {
    void (*function)(void*, Arg);
    void* object;
  };
  using connection = std::size_t;
  static constexpr std::size_t size = sizeof(std::vector<entry>);

  std::vector<entry> entries;

  connection connect(receiver<Arg> target) {
    entries.push_back({&call, const_cast<void*>(static_cast<const void*>(pointer(target)))});
    return entries.size() - 1;
  }

  void send(Arg argument) {
    for (const entry& e : entries) e.function(e.object, argument);
  }

  /// Only for the bench to compile: does not keep the order, so no figure is reported.
  void disconnect(connection) { entries.pop_back(); }

 private:
  static const tally* pointer(receiver<int> target) { return target.own; }
  static const tally* pointer(receiver<tally*> target) { return target.step; }

  static void call(void* object, Arg argument) {
    receiver<Arg>{static_cast<tally*>(object)}(argument);
  }
};

/// What short lives are compared with: as above, with an identity by which to disconnect, under a
/// mutex; no promise for a receiver that disconnects, or for one that is running.
struct raw_fresh {
  class signal {
   public:
    std::size_t connect(void (*function)(void*, int), void* object) {
      const std::lock_guard lock(mutex_);
      entries_.push_back({function, object, ++last_});
      return last_;
    }
    void disconnect(std::size_t id) {
      const std::lock_guard lock(mutex_);
      for (auto each = entries_.begin(); each != entries_.end(); ++each) {
        if (each->id != id) continue;
        entries_.erase(each);
        return;
      }
    }
    void send(int amount) {
      const std::lock_guard lock(mutex_);
      for (const entry& each : entries_) each.function(each.object, amount);
    }

   private:
    struct entry {
      void (*function)(void*, int);
      void* object;
      std::size_t id;
    };
    std::mutex mutex_;
    std::vector<entry> entries_;
    std::size_t last_ = 0;
  };

  struct listener {
    listener(signal& from, tally& counter)
        : own(&counter), source(&from), id(from.connect(&call, this)) {}
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener() { source->disconnect(id); }
    void on(int amount) { own->n += static_cast<unsigned>(amount); }
    static void call(void* object, int amount) { static_cast<listener*>(object)->on(amount); }

    tally* own;
    signal* source;
    std::size_t id;
  };

  static void send(signal& to, int amount) { to.send(amount); }
};

}  // namespace

library raw_library() { return make_library<raw_signal, raw_fresh>("raw loop", "", true); }

}  // namespace bench
