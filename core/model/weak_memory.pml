/* A weak memory, such as AArch64 has, for sends that are always fenced. Every thread has a buffer
 * of its own stores. Plain and relaxed stores leave it in any order, release stores after all that
 * are older. So do exchanges and sequentially consistent stores; for these, a sequentially
 * consistent load waits. No other load waits for a store. A load may be executed early: each
 * thread remembers what memory had when its last acquire load was executed, and a later load
 * returns either that or what memory has now. */

byte mem[WORDS];
#define PLAIN 0
#define RELEASED 1
#define SEQ_CST 2
chan buffer[THREADS] = [BUFFER] of { byte, byte, byte };
byte early[SENDERS * WORDS];
bool not_early[SENDERS]; /* a store has left for which sequentially consistent loads wait */
hidden byte where, what, kind;

inline write(t) {
  mem[where] = what;
  if
  :: t < SENDERS -> early[t * WORDS + where] = what
  :: else
  fi
}
inline drain(t) {
  buffer[t]?where, what, kind;
  write(t);
  if
  :: t < SENDERS && kind == SEQ_CST -> not_early[t] = true
  :: else
  fi
}
inline flush(t) {
  do
  :: nempty(buffer[t]) -> drain(t)
  :: empty(buffer[t]) -> break
  od
}

inline remember(t) {
  not_early[t] = false;
  where = 0;
  do
  :: where < WORDS -> early[t * WORDS + where] = mem[where]; where++
  :: else -> where = 0; break
  od
}
#if SENDERS > 1
inline remember_memory() { remember(0); remember(1) }
#else
inline remember_memory() { remember(0) }
#endif
/* What this thread reads from here on is not older than this. */
inline acquire() {
  if
  :: me < SENDERS -> remember(me)
  :: else
  fi
}
inline seq_cst() {
  do
  :: buffer[me]??[_, _, SEQ_CST] -> drain(me)
  :: else -> break
  od;
  acquire()
}
inline fill(word, value) { buffer[me]!word, value, PLAIN }
inline store_relaxed(word, value) { buffer[me]!word, value, PLAIN }
inline store_release(word, value) { buffer[me]!word, value, RELEASED }
inline exchange(word, value) { buffer[me]!word, value, SEQ_CST; acquire() }
inline load_relaxed(into, word) {
  if
  :: into = mem[word]
  :: me < SENDERS -> into = early[me * WORDS + word]
  fi
}
inline load_acquire(into, word) {
  if
  :: into = mem[word]; acquire()
  :: me < SENDERS -> into = early[me * WORDS + word]
  fi
}
inline load(into, word) {
  if
  :: buffer[me]??[_, _, SEQ_CST] -> seq_cst()
  :: !(buffer[me]??[_, _, SEQ_CST]) && me < SENDERS && not_early[me] -> acquire()
  :: else
  fi;
  load_acquire(into, word)
}
/* A read-modify-write of what is not in `mem`. */
inline locked() { flush(me); acquire() }
inline locking() { acquire() }

/* One of the stores of thread t that may leave before older ones; LEAVING names them all. */
#define LEAVES_EARLY(t, word)                                                             \
  atomic { buffer[t]??[eval(word), _, PLAIN] -> buffer[t]??eval(word), what, PLAIN; where = word; \
           write(t) }
active proctype memory() {
end:
  do
  :: atomic { nempty(buffer[0]) -> drain(0) }
#if THREADS > 1
  :: atomic { nempty(buffer[1]) -> drain(1) }
#endif
#if THREADS > 2
  :: atomic { nempty(buffer[2]) -> drain(2) }
#endif
#if THREADS > 3
  :: atomic { nempty(buffer[3]) -> drain(3) }
#endif
  LEAVING
  od
}
