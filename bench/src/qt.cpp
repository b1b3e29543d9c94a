#include "qt_queue.hpp"
#include "subject_of.hpp"

#include <QCoreApplication>
#include <QObject>
#include <QThread>
#include <utility>

namespace bench {

class qt_sender : public QObject {
  Q_OBJECT

 public:
  void fire(int amount) { Q_EMIT counted(amount); }
  void fire(bench::tally* mine) { Q_EMIT shared(mine); }

 Q_SIGNALS:
  void counted(int amount);
  void shared(bench::tally* mine);
};

namespace {

template <class Arg>
struct qt_signal {
  using connection = QMetaObject::Connection;
  static constexpr std::size_t size = sizeof(QObject);

  qt_sender wrapped;

  connection connect(receiver<int> target) {
    return QObject::connect(&wrapped, &qt_sender::counted, &wrapped, target, Qt::DirectConnection);
  }
  connection connect(receiver<tally*> target) {
    return QObject::connect(&wrapped, &qt_sender::shared, &wrapped, target, Qt::DirectConnection);
  }
  void send(Arg argument) { wrapped.fire(argument); }
  void disconnect(connection& c) { QObject::disconnect(c); }
};

struct qt_fresh {
  using signal = qt_sender;

  /// As Qt has it: an object that is destroyed disconnects itself.
  struct listener : QObject {
    listener(signal& from, tally& counter) : own(&counter) {
      connect(&from, &qt_sender::counted, this, &listener::on, Qt::DirectConnection);
    }
    void on(int amount) { own->n += static_cast<unsigned>(amount); }

    tally* own;
  };

  static void send(signal& to, int amount) { to.fire(amount); }
};

}  // namespace

namespace {

/// Event loops need an application object, and there may be only one.
void need_application() {
  static int count = 1;
  static char name[] = "aldis_bench";
  static char* arguments[] = {name, nullptr};
  static QCoreApplication application(count, arguments);
}

}  // namespace

struct qt_queue::parts {
  QThread thread;
  qt_sender sender;
  QObject receiver;
};

qt_queue::qt_queue(std::function<void(int)> receiver) {
  need_application();
  parts_ = std::make_unique<parts>();
  parts_->receiver.moveToThread(&parts_->thread);
  QObject::connect(&parts_->sender, &qt_sender::counted, &parts_->receiver, std::move(receiver),
                   Qt::QueuedConnection);
  parts_->thread.start();
}

qt_queue::~qt_queue() {
  parts_->thread.quit();
  parts_->thread.wait();
}

void qt_queue::send(int amount) { parts_->sender.fire(amount); }

library qt_library() { return make_library<qt_signal, qt_fresh>("Qt Core", qVersion(), true); }

}  // namespace bench

#include "qt.moc"
