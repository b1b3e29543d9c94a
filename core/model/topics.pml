/* Sends by topic: two epochs that take turns, and slots that are used again while a send remembers
 * them. To be read like disconnect.pml, with the same memories. There is one slot, and one pattern
 * that comes and goes. A node of the model is the node of the trie, the pattern, and its slot list,
 * which names the slot.
 *
 * A configuration defines how many SENDERS search how often (SEARCHES), and how often the writer
 * disconnects and connects (ROUNDS). */

#define THREADS (SENDERS + 1)
#define WRITER SENDERS

#define HAZARDS(t) (4 * (t))
#define RECEIVER(t) HAZARDS(t)
#define EPOCH(t) (HAZARDS(t) + 1)
#define MATCHED(t) (HAZARDS(t) + 2)
#define PROTECTED(t) (HAZARDS(t) + 3) /* hazard::list, which every send has */
#define CALL HAZARDS(SENDERS)
#define SERIAL (CALL + 1)
#define STORAGE (CALL + 2)
#define ROOT (CALL + 3)
#define WORDS (4 * SENDERS + 4)
#define LEAVING                 \
  ::LEAVES_EARLY(WRITER, CALL)  \
  ::LEAVES_EARLY(WRITER, SERIAL) \
  ::LEAVES_EARLY(WRITER, STORAGE)

#include MEMORY

#define FENCED 1
byte slow_path_reasons = REASONS_AT_FIRST;
bool signal_mutex;
byte current = 1;        /* epochs::current_ */
byte retired_in[2 * NODES + 2]; /* retired_in[n]: 0, or the epoch in which node n was retired */
bool node_freed[NODES + 1];
byte node_serial[NODES + 1];
byte nodes = 1;
bool body_whole = true;
bool named = true;       /* by a slot list that is not freed: receiver_slot::lists */
byte slab = 1;           /* 0: freed; else its number */
byte slabs = 1;
byte generation = 1;
byte running;

#define touch_node() assert(node != 0 && !node_freed[node])
#define touch_slab() assert(slab == home)
#ifdef ALWAYS_FENCED
#define next_step
#else
#define next_step } atomic {
#endif

/* store_hazard */
inline store_hazard(word, value) {
#ifdef without_order_of_reasons
  atomic { is_fenced = slow_path_reasons & FENCED; acquire() }
  atomic { store_release(word, value) }
#else
  atomic { store_release(word, value) }
  atomic { is_fenced = slow_path_reasons & FENCED; acquire() }
#endif
#ifndef without_exchange
  if
  :: atomic { is_fenced -> exchange(word, value); is_fenced = false }
  :: atomic { else -> skip }
  fi
#endif
}

proctype sender(byte me) {
  byte searches, seen, node, serial, home, call, k;
  bool is_fenced;
  do
  :: searches < SEARCHES ->
    searches++;
    /* match_topic */
#ifndef without_matched_slots
    atomic { store_release(MATCHED(me), 1) }
#endif
protect_epoch:
    atomic { seen = current; acquire() }
    store_hazard(EPOCH(me), seen);
#ifndef without_protect_check
    atomic {
      seq_cst();
      if
      :: current != seen -> goto protect_epoch
      :: else
      fi
    }
#endif
    seen = 0;
    /* topic_search::run */
    atomic { load_acquire(node, ROOT) }
    if
    :: node != 0 ->
      atomic { touch_node(); home = slab; }
      atomic { touch_node(); touch_slab(); load_relaxed(serial, SERIAL) }
    :: else
    fi;
    atomic { store_release(EPOCH(me), 0) }
    if
    :: node != 0 ->
      node = 0;
      /* next */
      atomic { touch_slab(); load_relaxed(call, CALL) }
      if
      :: call != 0 ->
        store_hazard(RECEIVER(me), 1);
#ifdef without_serial_after_call
        atomic { touch_slab(); load(k, SERIAL) }
        atomic { touch_slab(); load(call, CALL) }
#else
#ifdef without_acquire_of_call
        atomic { touch_slab(); load_relaxed(call, CALL) }
#else
        atomic { touch_slab(); load(call, CALL) }
#endif
        /* still_matches */
        atomic { touch_slab(); load(k, SERIAL) }
#endif
        if
        :: atomic { call != 0 && k == serial ->
            running = running | (1 << me);
            load_relaxed(k, STORAGE);
            assert(body_whole && call == serial && k == serial && slab == home) }
          atomic {
            assert(body_whole && generation == serial && slab == home);
            running = running & (255 - (1 << me)) }
        :: else
        fi
      :: else
      fi
    :: else
    fi;
    /* leave */
    atomic {
      is_fenced = slow_path_reasons & FENCED;
      acquire();
      serial = 0; home = 0; call = 0; k = 0
    }
    atomic { store_release(MATCHED(me), 0) }
    if
    :: atomic { is_fenced -> exchange(RECEIVER(me), 0); is_fenced = false }
    :: atomic { else -> store_release(RECEIVER(me), 0) }
    fi
#ifdef UNFENCES
    ;
    if
    :: atomic { !signal_mutex && slow_path_reasons -> locked(); slow_path_reasons = 0 }
    :: skip
    fi
#endif
  :: else -> break
  od
}

inline synchronize() {
  atomic { was_fenced = slow_path_reasons & FENCED; locked(); slow_path_reasons = FENCED }
  if
  :: !was_fenced ->
    atomic { flush(me); flush(0) }
#if SENDERS > 1
    atomic { flush(1) }
#endif
  :: else -> was_fenced = false
  fi
}
/* is_protected: sets `found`. Hazard pointers of the kind `which`. */
inline is_protected(which, object) {
  atomic { seq_cst(); k = 0 }
  do
  :: atomic { k < SENDERS -> found = found || mem[HAZARDS(k) + which] == object; k++ }
  :: atomic { else -> k = 0; break }
  od
}
/* recycle: the slot's last reference is gone, and it is the only one of its slab. */
inline recycle() {
  is_protected(2, 1); /* has_remembered_matches */
  atomic {
    if
    :: found -> found = false /* into spare_slabs */
    :: else -> slab = 0
    fi
  }
}
/* epochs::dispose_all: what was retired in `epoch`. */
inline dispose_all(epoch) {
  atomic {
    k = 1;
    do
    :: k <= NODES ->
      if
      :: retired_in[k] == epoch ->
        node_freed[k] = true; retired_in[k] = 0;
        if
        :: node_serial[k] == generation -> named = false
        :: else
        fi
      :: else
      fi;
      k++
    :: else -> k = 0; break
    od
  }
  if
  :: !named && !body_whole && slab != 0 && !recycled -> recycled = true; recycle()
  :: else
  fi
}
/* epochs::reclaim */
inline reclaim() {
#ifndef without_looking
  is_protected(1, 3 - current);
#endif
  if
  :: !found ->
    dispose_all(3 - current);
    atomic { locked(); current = 3 - current }
#ifndef without_synchronize
    synchronize();
#endif
    is_protected(1, 3 - current);
    if
    :: !found -> dispose_all(3 - current)
    :: else -> found = false
    fi
  :: else -> found = false
  fi
}

proctype writer() {
  byte me = WRITER;
  byte rounds, k;
  bool was_fenced, found, recycled;
  do
  :: rounds < ROUNDS ->
    rounds++;
    atomic { !signal_mutex -> signal_mutex = true; locking() }
    /* mark_disconnected, retire_pattern_group */
    atomic { exchange(CALL, 0) }
    atomic { exchange(ROOT, 0) }
    atomic { retired_in[nodes] = current }
    if
    :: reclaim() /* the 64th that was retired */
    :: skip
    fi;
    synchronize();
    /* waits until no thread is inside */
    is_protected(0, 1);
    do
    :: found ->
      found = false;
      atomic { flush(me); signal_mutex = false }
      atomic { mem[RECEIVER(0)] != 1 && mem[RECEIVER(SENDERS - 1)] != 1 }
      atomic { !signal_mutex -> signal_mutex = true; locking() }
      is_protected(0, 1)
    :: else -> break
    od;
    atomic { assert(running == 0); body_whole = false }
    if
    :: !named && !recycled -> recycled = true; recycle()
    :: else
    fi;
    if
    :: reclaim()
    :: skip
    fi;
    /* connect, if the slot is free: emplace, insert, enable */
    if
    :: recycled ->
      atomic {
        recycled = false;
        if
        :: slab == 0 -> slabs++; slab = slabs
        :: else
        fi;
        generation++; body_whole = true; named = true; nodes++;
        node_serial[nodes] = generation;
        fill(STORAGE, generation)
      }
#ifdef without_serial_before_call
      atomic { store_release(ROOT, nodes); store_release(CALL, generation) }
      atomic { store_relaxed(SERIAL, generation) }
#else
      atomic { store_relaxed(SERIAL, generation); store_release(ROOT, nodes) }
#ifdef without_release_of_call
      atomic { store_relaxed(CALL, generation) }
#else
      atomic { store_release(CALL, generation) }
#endif
#endif
    :: else -> rounds = ROUNDS
    fi;
    atomic { flush(me); signal_mutex = false }
  :: else -> break
  od
}

init {
  atomic {
    byte i;
    node_serial[1] = 1;
    mem[CALL] = 1; mem[SERIAL] = 1; mem[STORAGE] = 1; mem[ROOT] = 1;
    remember_memory();
    do
    :: i < SENDERS -> run sender(i); i++
    :: else -> break
    od;
    run writer();
    i = 0
  }
}
