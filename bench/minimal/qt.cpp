#include <QObject>

class sender : public QObject {
  Q_OBJECT

 Q_SIGNALS:
  void fired(int n);
};

int main() {
  int sum = 0;
  sender s;
  QObject::connect(&s, &sender::fired, [&](int n) { sum += n; });
  Q_EMIT s.fired(1);
  return sum - 1;
}

#include "qt.moc"
