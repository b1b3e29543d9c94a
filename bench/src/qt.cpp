#include "subject_of.hpp"

#include <QObject>

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

}  // namespace

library qt_library() { return make_library<qt_signal>("Qt Core", qVersion(), true); }

}  // namespace bench

#include "qt.moc"
