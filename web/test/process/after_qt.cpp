// Compiles after Qt's headers, whose keywords are macros.

#define signals public
#define slots
#define emit

#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>
#include <aldis/templates/templates.hpp>
#include <aldis/web.hpp>

#include <cstdio>

namespace {

class thermometer {
 signals:
  aldis::signal<void(double)> changed;

 public slots:
  void set(double value) { emit changed.send(value); }
};

}  // namespace

int main() {
  thermometer room;
  double seen = 0;
  room.changed.connect([&](double value) { seen = value; });
  room.set(21.5);

  aldis::registry names;
  names.named<void(int)>("ready");
  if (seen != 21.5 || names.all().size() != 1) {
    std::puts("Qt's keywords change what aldis means.");
    return 1;
  }
}
