/* The memory of x86-64: every thread has a buffer of its own stores, which leave it in their
 * order, at any time. Loads return what memory has. Locked instructions first empty the thread's
 * own buffer. membarrier empties the buffers of all threads, one after the other. */

byte mem[WORDS];
chan buffer[THREADS] = [BUFFER] of { byte, byte };
hidden byte where, what;

inline drain(t) { buffer[t]?where, what; mem[where] = what }
inline flush(t) {
  do
  :: nempty(buffer[t]) -> drain(t)
  :: empty(buffer[t]) -> break
  od
}

/* atomic::store_release, store_relaxed: `mov` */
inline store_release(word, value) { buffer[me]!word, value }
inline store_relaxed(word, value) { buffer[me]!word, value }
/* atomic::store, exchange: `xchg` */
inline exchange(word, value) { flush(me); mem[word] = value }
/* What no other thread reads before a later store. */
inline fill(word, value) { mem[word] = value }
/* Every load is `mov`. */
inline load(into, word) { into = mem[word] }
inline load_acquire(into, word) { into = mem[word] }
inline load_relaxed(into, word) { into = mem[word] }
/* The same for words outside of `mem`, which only locked instructions write. */
inline locked() { flush(me) }
inline locking() { flush(me) }
inline remember_memory() { skip }
inline acquire() { skip }
inline seq_cst() { skip }

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
  od
}
