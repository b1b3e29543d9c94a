/* Sends and disconnects, step by step as in the code. One `atomic` here is one access there to what
 * other threads access without a lock, together with what belongs to the thread alone, or to the
 * holder of a mutex. Names are the code's, and a comment at the head of each part names the
 * function; docs/design/model.md says what is modelled, and what is not.
 *
 * A configuration (prove.py) defines THREADS, SLOTS and what each thread does: SCRIPT(t, n) is the
 * n-th operation of thread t, INSIDE(t, s) what the receiver in slot s does when thread t calls it.
 * A mutant defines `without_...`, which takes away one line of the protocol. */

#define NOTHING 0
#define SEND 1
#define CONNECT 2
#define MUTE 3
#define UNMUTE 4
#define DESTROY 5    /* the signal */
#define END_THREAD 6 /* another thread continues, with the record of this one */
#define USE_FENCES 7
#define DISCONNECT(s) (10 + s)
#define REQUEST(s) (20 + s)        /* request_disconnect */
#define DISCONNECT_FOR(s) (30 + s) /* with a time limit, which may pass at any time */
#define RELEASE(s) (40 + s)        /* the connection object ends */
#define QUEUED(s) (70 + s)         /* a call from the receiver's queue, which has a reference */
#define AWAIT(t) (50 + t)          /* the user's code waits until thread t has ended */
#define AWAIT_INSIDE(t) (60 + t)   /* or until it is inside a receiver */

/* Words that are written by plain stores. A frame has two hazard pointers. First come the first
 * frames of all threads, then the second frames of senders, which are the first threads. */
#define RECEIVER 0
#define LIST 1
#define ALL_FRAMES (THREADS + SENDERS)
#define THREAD_OF(frame) ((frame) % THREADS)
#define HAZARD(t, frame, i) (2 * ((t) + (frame) * THREADS) + (i))
#define ONLY_SLOT (ALL_FRAMES * 2)
#define LIVE (ONLY_SLOT + 1)
#define CALL(s) (LIVE + (s))
#define STORAGE(s) (CALL(SLOTS) + (s))
#define ALIVE(s) (STORAGE(SLOTS) + (s))
#define COUNT(l) (ALIVE(SLOTS) + (l))
#define ENTRY(l, i) (COUNT(LISTS) - 1 + (l) * 2 + (i))
#define WORDS (2 * (THREADS + SENDERS) + 4 + 3 * SLOTS + 3 * LISTS)
#define TOMBSTONE 9

#define LEAVING                              \
  ::LEAVES_EARLY(0, HAZARD(0, 0, RECEIVER))  \
  ::LEAVES_EARLY(0, HAZARD(0, 0, LIST))      \
  ::LEAVES_EARLY(1, COUNT(1))                \
  ::LEAVES_EARLY(1, ENTRY(1, SLOTS - 1))     \
  ::LEAVES_EARLY(1, CALL(1))                 \
  ::LEAVES_EARLY(1, CALL(SLOTS))
#include MEMORY

/* Words that are written by locked instructions only. */
#define FENCED 1
#define DEFERRED 2
#define MUTED 4
#define ENDED 8
#define CONDITIONAL 16
#define bit(t) (1 << (t))
byte slow_path_reasons = REASONS_AT_FIRST;
byte unfiltered = 1, fast_list;
byte readers = READERS_AT_FIRST, unregistered;
bool fence_enabled = true; /* asymmetric_fence::enabled */
bool has_pending_work[THREADS];
byte references[SLOTS + 1];

/* What the signal's mutex guards. */
#define FREE 0
#define WHOLE 1
#define CLAIMED 2
#define DESTROYED 3
bool signal_mutex;
bool alive[SLOTS + 1];
byte body[SLOTS + 1]; /* written under the mutex, read by any thread */
byte generation[SLOTS + 1];
byte lists_naming[SLOTS + 1]; /* receiver_slot::lists */
byte live, only_slot;         /* what the stores that are last in the order of the mutex wrote */
byte deferred_reasons;        /* signal_impl::deferred */
byte list_state[LISTS + 1], list_number[LISTS + 1], list_count[LISTS + 1];
byte list_entry[2 * LISTS + 2];
#define CURRENT 1
#define RETIRED 2

/* What the library's mutex guards. */
bool library_mutex;
bool deferred[SLOTS + 1]; /* in library_state::deferred */
bool owned[THREADS];
byte waiters[THREADS], waiting_for[THREADS], waits_on[THREADS];
bool abandoned, awaits_threads, freed;

/* What only the properties read. */
byte running[THREADS];
byte finished;

/* A plain store is a step of its own where a membarrier may come right before or after it. */
#ifdef ALWAYS_FENCED
#define next_step
#else
#define next_step } atomic {
#endif
/* In an `atomic`: locking comes before an access in it, unlocking after. */
#define lock(mutex) !mutex -> mutex = true; locking()
#define unlock(mutex) flush(me); mutex = false
#define touch_signal() assert(!freed)
#define touch_list() assert(!freed && list_state[list] != FREE && list_number[list] == number)

/* asymmetric_fence::heavy: the processor of the caller, then the others, one after the other. */
inline heavy() {
#ifdef ALWAYS_FENCED
  skip
#else
  atomic { flush(me); flush(0) }
#if SENDERS > 1
  atomic { flush(1) }
#endif
#endif
}

/* domain_writer::others_read */
#define others_read ((readers & (has_record -> 255 - bit(me) : 255)) != 0 || unregistered != 0)
#define reads_in_frame(f) (mem[HAZARD(me, f, RECEIVER)] != 0 || mem[HAZARD(me, f, LIST)] != 0)
#define reads_itself (reads_in_frame(0) || (me < SENDERS && reads_in_frame(1)))
#ifdef without_readers
#define is_quiescent true
#else
#define is_quiescent (!(others_read) && !reads_itself)
#endif
#define is_inside(t, s)                    \
  (mem[HAZARD(t, 0, RECEIVER)] == (s) || \
   (t < SENDERS && mem[HAZARD(t, 1, RECEIVER)] == (s)))

#ifdef without_registering
#define is_reader has_record
#else
#define is_reader (has_record && (readers & bit(me)))
#endif

/* From here to mark_disconnected: under the signal's mutex, and in an `atomic` if nothing else is
 * said. */

inline update_only_slot() {
  k = 0;
  if
#ifdef without_reasons_of_only_slot
  :: live == 1 ->
#else
  :: live == 1 && slow_path_reasons == 0 ->
#endif
    k = list_count[unfiltered];
    do
    :: k > 0 && !alive[list_entry[2 * unfiltered + k - 1]] -> k--
    :: else -> break
    od;
    if
    :: k > 0 -> k = list_entry[2 * unfiltered + k - 1]
    :: else
    fi
  :: else
  fi;
  if
  :: k != only_slot -> only_slot = k; k = 0; store_release(ONLY_SLOT, only_slot)
  :: else -> k = 0
  fi
}
inline update_fast_list() {
  locked();
  fast_list = (slow_path_reasons == 0 -> unfiltered : 0);
  update_only_slot()
}
/* Not in an `atomic`. */
inline add_slow_path(bits) {
  atomic { locked(); touch_signal(); slow_path_reasons = slow_path_reasons | bits }
  atomic { update_fast_list() }
}
inline remove_slow_path(bits) {
  atomic { locked(); touch_signal(); slow_path_reasons = slow_path_reasons & (255 - bits) }
  atomic { update_fast_list() }
}

/* domain_writer::forget_ended_threads */
inline forget_ended_threads() {
  k = 0;
  do
  :: k < THREADS ->
    if
    :: !owned[k] -> readers = readers & (255 - bit(k))
    :: else
    fi;
    k++
  :: else -> k = 0; break
  od
}

/* Not in an `atomic`. */
inline synchronize() {
#ifdef THREADS_END
#ifdef without_mutex_to_forget
  atomic {
    u = readers;
    readers = 255;
    forget_ended_threads();
    ending = readers; readers = u; u = 0
  }
  atomic { readers = readers & ending; ending = 0 }
#else
  atomic {
    if
    :: others_read && !library_mutex && !(slow_path_reasons & FENCED) -> forget_ended_threads()
    :: others_read && !library_mutex && (slow_path_reasons & FENCED) ->
      if
      :: forget_ended_threads() /* every 64th time */
      :: skip
      fi
    :: else
    fi
  }
#endif
#endif
  if
  :: atomic { others_read ->
      was_fenced = slow_path_reasons & FENCED;
      locked();
      touch_signal();
#ifndef without_order_of_barrier
      slow_path_reasons = slow_path_reasons | FENCED
#endif
    }
#ifdef without_order_of_barrier
    if
    :: !was_fenced -> heavy()
    :: else
    fi;
    atomic { slow_path_reasons = slow_path_reasons | FENCED }
#endif
    atomic { update_fast_list() }
#ifdef without_barrier
    was_fenced = false
#elif !defined(without_order_of_barrier)
    if
    :: !was_fenced -> heavy()
    :: else -> was_fenced = false
    fi
#else
    was_fenced = false
#endif
  :: atomic { else -> skip }
  fi
}

/* The end of a slot's last reference: recycle. In an `atomic`. */
inline drop_reference(s) {
  references[s]--;
  if
  :: references[s] == 0 -> assert(body[s] == DESTROYED && lists_naming[s] == 0); body[s] = FREE
  :: else
  fi
}
/* dispose_slot_list. In an `atomic`. */
inline free_list(l) {
  list_state[l] = FREE;
  list_number[l] = (list_number[l] + 1) & 3;
  do
  :: list_count[l] > 0 ->
    list_count[l]--;
    u = list_entry[2 * l + list_count[l]];
    list_entry[2 * l + list_count[l]] = 0;
    lists_naming[u]--;
    if
    :: lists_naming[u] == 0 && body[u] == DESTROYED -> drop_reference(u)
    :: else
    fi
  :: else -> u = 0; break
  od
}
/* domain_writer::reclaim. Not in an `atomic`. */
inline next_retired() {
  which++;
  do
  :: which <= LISTS && list_state[which] != RETIRED -> which++
  :: else -> break
  od
}
inline reclaim() {
  atomic { seq_cst(); which = 0; next_retired() }
  do
  :: atomic { which <= LISTS ->
      if
#ifdef without_looking
      :: true -> free_list(which); next_retired()
#else
      :: k < ALL_FRAMES && mem[2 * k + LIST] != which -> k++
      :: k < ALL_FRAMES && mem[2 * k + LIST] == which -> k = 0; next_retired()
      :: k == ALL_FRAMES -> free_list(which); k = 0; next_retired()
#endif
      fi }
  :: atomic { else -> which = 0; break }
  od
}
/* compact, or insert where it makes another list; `added` is 0 or a slot. Not in an `atomic`. */
inline replace(added) {
  atomic {
    which = 1;
    do
    :: list_state[which] != FREE -> which++; assert(which <= LISTS)
    :: else -> break
    od;
    list_state[which] = CURRENT;
    k = 0;
    do
    :: k < list_count[unfiltered] ->
      u = list_entry[2 * unfiltered + k];
      if
      :: alive[u] && u != added ->
        list_entry[2 * which + list_count[which]] = u;
        lists_naming[u]++; list_count[which]++
      :: else
      fi;
      k++
    :: else -> k = 0; u = 0; break
    od;
    if
    :: added != 0 ->
      list_entry[2 * which + list_count[which]] = added;
      lists_naming[added]++; list_count[which]++
    :: else
    fi;
    do
    :: k < list_count[which] -> fill(ENTRY(which, k), list_entry[2 * which + k]); k++
    :: else -> k = 0; break
    od;
    fill(COUNT(which), list_count[which])
  }
  atomic { old = unfiltered; locked(); unfiltered = which; which = 0 }
  atomic { update_fast_list() }
  if
  :: atomic { is_quiescent -> free_list(old); old = 0 }
  :: else ->
#ifndef without_synchronize
    synchronize();
#endif
    atomic { list_state[old] = RETIRED; old = 0 }
    reclaim()
  fi
}

/* mark_disconnected. Not in an `atomic`. */
inline mark_disconnected(s) {
  if
  :: atomic { alive[s] ->
      touch_signal();
      unread = is_quiescent;
      alive[s] = false;
      if
      :: unread -> store_release(ALIVE(s), 0)
      :: else -> exchange(ALIVE(s), 0)
      fi;
#ifdef QUEUED_CALLS
    }
    atomic {
#endif
      if
      :: unread -> store_release(CALL(s), 0)
      :: else -> exchange(CALL(s), 0)
      fi;
      live--;
      store_release(LIVE, live);
      /* erase_entry: a tombstone, or the list without it */
      if
      :: unread -> /* compact, in place */
        list_number[unfiltered] = (list_number[unfiltered] + 1) & 3;
        lists_naming[s]--;
        if
        :: list_entry[2 * unfiltered] == s ->
          list_entry[2 * unfiltered] = list_entry[2 * unfiltered + 1]
        :: else
        fi;
        list_count[unfiltered]--;
        list_entry[2 * unfiltered + list_count[unfiltered]] = 0;
        fill(ENTRY(unfiltered, 0), list_entry[2 * unfiltered]);
        fill(ENTRY(unfiltered, 1), list_entry[2 * unfiltered + 1]);
        fill(COUNT(unfiltered), list_count[unfiltered])
      :: else
      fi
    }
#ifdef COMPACT
    if
    :: !unread -> replace(0)
    :: skip
    fi;
#endif
    if
    :: atomic { unread ->
        unread = false;
        if
        :: live <= 1 -> update_only_slot()
        :: else
        fi }
    :: atomic { else ->
        if
        :: live <= 1 -> update_only_slot()
        :: else
        fi }
      synchronize()
    fi;
    reclaim()
  :: atomic { else -> skip }
  fi
}

/* find_occupancy: sets `here` (this_thread) and `other` (a thread, plus 1). Not in an `atomic`. */
inline find_occupancy(s) {
  atomic { seq_cst(); here = is_inside(me, s); other = 0; k = (others_read -> 0 : ALL_FRAMES) }
  do
  :: atomic { k < ALL_FRAMES ->
      if
      :: THREAD_OF(k) != me && mem[2 * k] == s -> other = THREAD_OF(k) + 1; k = ALL_FRAMES
      :: else -> k++
      fi }
  :: atomic { else -> k = 0; break }
  od
}
/* set_pending_work: sets `newly_marked`. */
inline set_pending_work(t) {
  locked();
  newly_marked = newly_marked || (!has_pending_work[t] && t != me);
  has_pending_work[t] = true
}
/* mark_occupants: sets `newly_marked`. Under the library's mutex. Not in an `atomic`. */
inline mark_occupants(s) {
  atomic {
    seq_cst();
    u = 0;
    if
    :: other != 0 -> set_pending_work(other - 1)
    :: else
    fi
  }
  do
  :: atomic { u < ALL_FRAMES && mem[2 * u] != s -> u++ }
  :: atomic { u < ALL_FRAMES && mem[2 * u] == s -> u = u + 100 }
  :: atomic { u >= 100 -> u = u - 100; set_pending_work(THREAD_OF(u)); u++ }
  :: atomic { u == ALL_FRAMES -> u = 0; break }
  od;
#ifndef without_barrier_after_mark
#ifndef ALWAYS_FENCED
  if
  :: newly_marked -> heavy()
  :: else
  fi
#endif
#endif
}
/* waits_for: sets `deadlock`. Threads that wait are blocked, so their hazard pointers stay. */
inline waits_for(s) {
  atomic {
    what = bit(s); k = 0;
    do
    :: k < ALL_FRAMES * THREADS ->
      u = k % ALL_FRAMES;
      if
      :: mem[2 * u] != 0 && mem[2 * u] != TOMBSTONE && (what & bit(mem[2 * u])) ->
        if
        :: THREAD_OF(u) == me -> deadlock = true
        :: else -> what = what | bit(waiting_for[THREAD_OF(u)]) & 254
        fi
      :: else
      fi;
      k++
    :: else -> k = 0; u = 0; what = 0; break
    od
#ifdef without_search
    ; deadlock = false
#endif
  }
}

/* add_deferred_reason, remove_deferred_reason. Under the library's mutex. Not in an `atomic`. */
inline add_deferred_reason() {
  atomic {
    lock(signal_mutex);
    touch_signal();
    deferred_reasons++;
    if
    :: deferred_reasons == 1 -> slow_path_reasons = slow_path_reasons | DEFERRED; k = 1
    :: else -> unlock(signal_mutex)
    fi
  }
  if
  :: atomic { k == 1 -> k = 0; update_fast_list(); unlock(signal_mutex) }
  :: else
  fi
}
inline remove_deferred_reason() {
  atomic {
    lock(signal_mutex);
    touch_signal();
    deferred_reasons--;
    if
    :: deferred_reasons == 0 -> slow_path_reasons = slow_path_reasons & (255 - DEFERRED); k = 1
    :: else -> unlock(signal_mutex)
    fi
  }
  if
  :: atomic { k == 1 -> k = 0; update_fast_list(); unlock(signal_mutex) }
  :: else
  fi
}

/* destruction_guard: uses `frame`. Under the signal's mutex. Not in an `atomic`. */
inline begin_destruction(s) {
  atomic {
    frame = (reads_in_frame(0) -> 1 : 0);
    assert(frame == 0 || me < SENDERS);
    locked();
    touch_signal();
    unregistered++
  }
  atomic { exchange(HAZARD(me, frame, RECEIVER), s) }
  atomic { exchange(HAZARD(me, frame, LIST), unfiltered) }
}
inline end_destruction() {
  atomic {
    locked();
    touch_signal();
    unregistered--;
    next_step
    store_release(HAZARD(me, frame, RECEIVER), 0) /* release_frame */
  }
  atomic { exchange(HAZARD(me, frame, LIST), 0); frame = 0 }
}
#define nobody_runs(s) \
  assert(running[0] != s && (THREADS < 2 || running[1 % THREADS] != s) && \
         (THREADS < 3 || running[2 % THREADS] != s) && (THREADS < 4 || running[3 % THREADS] != s))
/* destroy: the user's destructor begins and ends, then finalize. Not in an `atomic`. */
inline destroy(s) {
  atomic { assert(body[s] == CLAIMED); nobody_runs(s) }
  atomic {
    lock(signal_mutex);
    nobody_runs(s);
    body[s] = DESTROYED;
    if
    :: lists_naming[s] == 0 -> drop_reference(s)
    :: else
    fi;
    unlock(signal_mutex)
  }
}

/* abandoned_signals::collect. Under the library's mutex. Not in an `atomic`. */
inline collect() {
#ifdef SIGNAL_ENDS
  atomic { newly_marked = awaits_threads }
  do
  :: newly_marked ->
    newly_marked = false;
    /* try_to_empty */
    atomic { lock(signal_mutex); seq_cst(); u = (is_quiescent -> ALL_FRAMES : 0) }
    do
    :: atomic { u < ALL_FRAMES ->
        k = mem[2 * u + LIST];
        /* is_list_of */
#ifdef without_retired_lists
        here = k == unfiltered;
#else
        here = k == unfiltered || (k != 0 && list_state[k] == RETIRED);
#endif
        k = 0;
        if
        :: !here -> u++
        :: else
        fi }
      if
      :: atomic { here -> occupied = true; here = false; set_pending_work(THREAD_OF(u)); u++ }
      :: else
      fi
    :: atomic { else -> u = 0; break }
    od;
    atomic {
      awaits_threads = occupied;
      if
      :: occupied -> occupied = false
      :: else ->
        which = 1;
        do
        :: which <= LISTS ->
          k = list_state[which];
          if
          :: k != FREE -> free_list(which)
          :: else
          fi;
          if
          :: k == CURRENT -> list_state[which] = CURRENT
          :: else
          fi;
          which++
        :: else -> which = 0; k = 1; break
        od;
        do
        :: k <= SLOTS && body[k] == FREE -> k++
        :: else -> break
        od;
        freed = k > SLOTS;
        k = 0
      fi;
      unlock(signal_mutex)
    }
#ifndef without_second_look_at_signal
    if
    :: newly_marked -> heavy()
    :: else
    fi
#else
    newly_marked = false
#endif
  :: atomic { else -> newly_marked = false; break }
  od
#else
  skip
#endif
}

/* wake_waiters: sets `woken`. Under the library's mutex. */
inline wake_waiters() {
  woken = waiters[me] != 0;
  k = 0;
  do
  :: k < THREADS ->
    if
#ifndef without_wake
    :: waits_on[k] == me + 1 -> waits_on[k] = 0
#endif
    :: else
    fi;
    k++
  :: else -> k = 0; break
  od
}

/* Not in an `atomic`. */
inline reader_record() {
  if
  :: atomic { !has_record -> /* acquire_record */
      lock(library_mutex);
      owned[me] = true; has_record = true;
      unlock(library_mutex) }
  :: atomic { else -> skip }
  fi;
  if
  :: atomic { !is_reader ->
#ifndef without_mutex_to_register
      !signal_mutex;
#endif
      locked();
      touch_signal();
      readers = readers | bit(me) /* add_reader */
    }
  :: atomic { else -> skip }
  fi
}

/* release. Not in an `atomic`. */
inline release(s) {
  atomic {
    references[s] > 1 || !signal_mutex;
    locked();
    drop_reference(s);
#ifdef SIGNAL_ENDS
    /* is_forgotten */
    k = 1;
    do
    :: k <= SLOTS && body[k] == FREE -> k++
    :: else -> break
    od;
    here = abandoned && !awaits_threads && !freed && k > SLOTS;
    k = 0
#endif
  }
#ifdef SIGNAL_ENDS
  if
#ifndef without_abandoning
  :: atomic { here -> here = false; lock(library_mutex); awaits_threads = true } /* abandon */
    collect();
    atomic { unlock(library_mutex) }
#endif
  :: atomic { else -> skip }
  fi
#endif
}

proctype thread(byte me) {
  byte step, operation;
  bool has_record = true, is_fenced;
  byte slot, list, number, next, end, call, path;   /* of a send */
  byte target, policy, from;                        /* of a disconnect */
  byte pending_from, vacant;                        /* of process_pending_work */
  byte other, k, u, which, old, frame, each, ending;
  bool here, unread, was_fenced, was_deferred, newly_marked, given_up, deadlock, occupied, woken;
#define FROM_SCRIPT 1
#define FROM_RECEIVER 2
#define FROM_DISCONNECT 3
#define FROM_THREAD_END 4
#define ONLY 1
#define FAST 2
#define SLOW 3
#define FROM_QUEUE 4
#define WAIT 1
#define NO_WAIT 2
#define LIMIT 3

next_operation:
  atomic {
    operation = SCRIPT(me, step);
    step++;
    if
    :: operation == NOTHING -> goto script_ended
    :: operation == SEND -> goto send
    :: operation == CONNECT -> goto connect
    :: operation == MUTE || operation == UNMUTE -> goto mute
    :: operation == USE_FENCES -> goto use_fences
    :: operation == DESTROY -> from = FROM_SCRIPT; goto end_signal
    :: operation == END_THREAD -> goto end_thread
    :: operation > 10 && operation < 40 ->
      from = FROM_SCRIPT; policy = operation / 10; target = operation % 10; goto disconnect
    :: operation > 70 -> target = operation % 10; goto queued_call
    :: operation >= 60 && operation < 70 -> goto await_inside
    :: operation > 40 && operation < 50 -> target = operation % 10; goto release_connection
    fi
  }

send:
#ifndef ALWAYS_FENCED
  /* ---- fast_send::send */
  atomic {
    touch_signal();
    load_acquire(slot, ONLY_SLOT);
    if
    :: slot != 0 && is_reader
    :: else ->
      slot = 0;
      load_relaxed(k, LIVE);
      if
      :: k == 0 -> goto next_operation
      :: else -> k = 0; goto send_to_many
      fi
    fi
  }
  atomic { store_release(HAZARD(me, 0, RECEIVER), slot) }
#ifndef without_only_slot_check
  atomic {
    touch_signal();
    load_acquire(k, ONLY_SLOT);
    if
    :: k != slot -> k = 0; slot = 0; goto retract_and_send
    :: else -> k = 0
    fi
  }
#endif
  atomic {
    touch_signal();
    load_acquire(call, CALL(slot));
    path = ONLY;
    if
    :: call != 0 -> goto call_receiver
    :: else -> goto fast_call_guard
    fi
  }

  /* ---- retract_hazard */
retract_and_send:
  atomic { exchange(HAZARD(me, 0, RECEIVER), 0) }
  if
#ifndef without_pending_checks
  :: has_pending_work[me] ->
    atomic { lock(library_mutex); wake_waiters(); woken = false; unlock(library_mutex) }
#endif
  :: else
  fi;
  goto send_slow;

  /* ---- fast_send::send_to_many */
send_to_many:
  atomic {
    touch_signal();
    list = fast_list;
    if
    :: list == 0 -> goto send_slow
    :: list != 0 && !is_reader -> list = 0
    :: else
    fi
  }
  if
  :: list == 0 -> reader_record(); goto send /* become_reader */
  :: else
  fi;
  atomic { store_release(HAZARD(me, 0, LIST), list) }
  atomic {
    touch_signal();
    if
#ifndef without_fast_list_check
    :: fast_list != list -> list = 0
#endif
    :: else -> number = list_number[list]; path = FAST
    fi
  }
  if
  :: atomic { list == 0 -> store_release(HAZARD(me, 0, LIST), 0); goto send_slow }
  :: atomic { else -> skip }
  fi;
  atomic { touch_list(); load_acquire(end, COUNT(list)) }

  /* ---- fast_send::step */
fast_step:
  atomic {
    if
    :: next == end -> /* fast_send_guard */
      next = 0; end = 0; list = 0; number = 0;
      goto fast_send_guard
    :: else
    fi;
    touch_list();
    load_acquire(slot, ENTRY(list, next));
    assert(slot != 0);
    next_step
    store_release(HAZARD(me, 0, RECEIVER), slot)
  }
#ifndef without_step_check
  atomic {
    touch_signal();
    if
    :: fast_list != list -> path = SLOW; goto slow_next /* continue_slow */
    :: else
    fi
  }
#endif
  atomic {
    touch_signal();
    load_acquire(call, CALL(slot));
    next++;
    if
    :: call != 0 -> goto call_receiver
    :: else -> goto fast_step
    fi
  }

  /* ---- fast_call_guard */
fast_send_guard:
  atomic { store_release(HAZARD(me, 0, LIST), 0) }
fast_call_guard:
  atomic { slot = 0; path = 0; store_release(HAZARD(me, 0, RECEIVER), 0) }
  atomic {
    if
#ifndef without_fast_pending_check
    :: has_pending_work[me] -> pending_from = FROM_SCRIPT; goto process_pending_work
#endif
    :: else -> goto next_operation
    fi
  }

send_slow:
#endif
  /* ---- slow_send::slow_send */
  reader_record();
  atomic {
    touch_signal();
    acquire();
    if
#if defined(without_pending_check_when_muted) || defined(without_pending_checks)
    :: slow_path_reasons & (MUTED | ENDED) -> goto next_operation
#else
    :: slow_path_reasons & (MUTED | ENDED) -> goto check_pending_work /* leave, without a frame */
#endif
    :: else -> path = SLOW
    fi;
    next_step
    store_release(HAZARD(me, 0, RECEIVER), 0)
  }
  /* ---- protect */
protect_list:
  atomic {
    touch_signal();
    list = unfiltered;
    acquire();
    next_step
    store_release(HAZARD(me, 0, LIST), list)
  }
  atomic { touch_signal(); is_fenced = slow_path_reasons & FENCED; acquire() }
#ifndef without_exchange
  if
  :: atomic { is_fenced -> exchange(HAZARD(me, 0, LIST), list); is_fenced = false }
  :: atomic { else -> skip }
  fi;
#endif
  atomic {
    touch_signal();
    seq_cst();
    if
#ifndef without_protect_check
    :: unfiltered != list -> goto protect_list
#endif
    :: else ->
      if
      :: path == FROM_QUEUE -> goto protected_for_queue
      :: else -> number = list_number[list]
      fi
    fi
  }
#ifdef without_acquire_of_count
  atomic { touch_list(); load_relaxed(end, COUNT(list)) }
#else
  atomic { touch_list(); load_acquire(end, COUNT(list)) }
#endif

  /* ---- slow_send::next */
slow_next:
  atomic {
    if
    :: next == end -> next = 0; end = 0; list = 0; number = 0; slot = 0; goto leave
    :: else
    fi;
    touch_list();
    load_acquire(slot, ENTRY(list, next));
    assert(slot != 0);
    next++
  }
  atomic {
    load_relaxed(call, CALL(slot));
    if
    :: call == 0 -> goto slow_next
    :: else -> call = 0
    fi
  }
store_receiver:
#ifdef without_order_of_reasons
  atomic { touch_signal(); is_fenced = slow_path_reasons & FENCED; acquire() }
  atomic { store_release(HAZARD(me, 0, RECEIVER), slot) }
#else
  atomic { store_release(HAZARD(me, 0, RECEIVER), slot) }
  atomic { touch_signal(); is_fenced = slow_path_reasons & FENCED; acquire() }
#endif
#ifndef without_exchange
  if
  :: atomic { is_fenced -> exchange(HAZARD(me, 0, RECEIVER), slot); is_fenced = false }
  :: atomic { else -> skip }
  fi;
#endif
#ifndef without_pending_check_in_next
  atomic {
    seq_cst();
    if
    :: has_pending_work[me] && pending_from == 0 -> pending_from = FROM_RECEIVER
    :: else -> pending_from = 0; goto stored_receiver
    fi
  }
  atomic { exchange(HAZARD(me, 0, RECEIVER), TOMBSTONE); goto process_pending_work }
processed_in_next:
  atomic {
    load_relaxed(call, CALL(slot));
    if
    :: call == 0 -> pending_from = 0; goto slow_next
    :: else -> call = 0; goto store_receiver
    fi
  }
#endif
stored_receiver:
  atomic {
    touch_signal();
#ifdef without_call_after_store
    call = generation[slot];
#else
    load(call, CALL(slot));
#endif
    if
    :: call != 0 -> goto call_receiver
    :: else -> goto slow_next
    fi
  }

  /* ---- slow_send::leave */
leave:
  atomic { touch_signal(); is_fenced = slow_path_reasons & FENCED; acquire(); path = 0 }
#ifdef UNFENCES
  /* try_restore_fast_path, when it is due and may_unfence: at any time. */
  if
#ifndef without_mutex_to_unfence
  :: atomic { is_fenced && fence_enabled && !signal_mutex ->
      signal_mutex = true; locked(); slow_path_reasons = slow_path_reasons & (255 - FENCED) }
    atomic { update_fast_list(); unlock(signal_mutex) }
#else
  :: is_fenced -> remove_slow_path(FENCED)
#endif
  :: skip
  fi;
#endif
  atomic {
    store_release(HAZARD(me, 0, RECEIVER), 0);
    next_step
    if
#ifndef without_exchange_on_leaving
    :: is_fenced -> exchange(HAZARD(me, 0, LIST), 0); is_fenced = false
#endif
    :: else -> store_release(HAZARD(me, 0, LIST), 0); is_fenced = false
    fi
  }
check_pending_work:
  atomic {
    seq_cst();
    if
    :: has_pending_work[me] -> pending_from = FROM_SCRIPT; goto process_pending_work
    :: else -> goto next_operation
    fi
  }

  /* ---- the receiver runs */
call_receiver:
  atomic {
    load_relaxed(k, STORAGE(slot));
    assert(!freed && k == call && body[slot] == WHOLE);
    k = 0;
    running[me] = slot;
    operation = INSIDE(me, slot);
    if
    :: operation == NOTHING
    :: operation >= 50 -> goto await
    :: operation == DESTROY -> from = FROM_RECEIVER; goto end_signal
    :: operation > 10 && operation < 50 ->
      from = FROM_RECEIVER; policy = operation / 10; target = operation % 10; goto disconnect
    fi
  }
  goto called;
await:
  finished & bit(operation - 50);
called:
  atomic {
    assert(!freed && generation[slot] == call && body[slot] == WHOLE);
    running[me] = 0; operation = 0; call = 0;
    if
#ifndef ALWAYS_FENCED
    :: path == ONLY -> goto fast_call_guard
    :: path == FAST -> goto fast_step
#endif
    :: path == FROM_QUEUE -> goto queued_call_ends
    :: path == SLOW -> goto slow_next
    fi
  }

process_pending_work:
  atomic { lock(library_mutex); has_pending_work[me] = false; each = 1 }
  do
  :: atomic { each <= SLOTS && !deferred[each] -> each++ }
  :: atomic { each <= SLOTS && deferred[each] && body[each] == DESTROYED -> vacant = each; break }
  :: atomic { each > SLOTS -> break }
  :: each <= SLOTS && deferred[each] && body[each] != DESTROYED ->
    /* is_vacant */
    find_occupancy(each);
    if
    :: atomic { !here && other == 0 -> vacant = each; break }
    :: else
    fi;
    mark_occupants(each);
    atomic {
      here = false; other = 0;
      if
#ifndef without_second_look
      :: newly_marked -> newly_marked = false /* once more */
#endif
      :: else -> newly_marked = false; each++
      fi
    }
  od;
  each = 0;
  if
  :: vacant != 0 && body[vacant] == DESTROYED -> /* take_deferred */
    deferred[vacant] = false;
    remove_deferred_reason();
    atomic { unlock(library_mutex) }
    release(vacant);
    vacant = 0;
    goto process_pending_work
  :: vacant != 0 && body[vacant] != DESTROYED -> /* destroy_unoccupied */
    atomic { lock(signal_mutex) }
    begin_destruction(vacant);
    if
    :: atomic { body[vacant] == WHOLE ->
        body[vacant] = CLAIMED; deferred[vacant] = false; unlock(signal_mutex) }
      remove_deferred_reason();
      atomic { unlock(library_mutex) }
      destroy(vacant);
      release(vacant)
    :: atomic { else -> unlock(signal_mutex); unlock(library_mutex) }
    fi;
    end_destruction();
    vacant = 0;
    goto process_pending_work
  :: atomic { vacant == 0 ->
      wake_waiters();
      if
      :: woken -> locked(); has_pending_work[me] = true; woken = false
      :: else
      fi }
  fi;
  collect();
  atomic {
    unlock(library_mutex);
    if
    :: pending_from == FROM_SCRIPT -> pending_from = 0; goto next_operation
#ifndef without_pending_check_in_next
    :: pending_from == FROM_RECEIVER -> goto processed_in_next
#endif
    :: pending_from == FROM_DISCONNECT -> pending_from = 0; goto disconnected
    :: pending_from == FROM_THREAD_END -> pending_from = 0; goto processed_at_thread_end
    fi
  }

  /* ---- disconnect_slot */
disconnect:
  atomic { lock(signal_mutex) }
  mark_disconnected(target);
#ifdef TRIVIAL
  /* claim_if_trivial */
  find_occupancy(target);
  atomic {
    if
    :: !here && other == 0 && body[target] == WHOLE ->
      nobody_runs(target);
      body[target] = DESTROYED;
      if
      :: lists_naming[target] == 0 -> drop_reference(target)
      :: else
      fi;
      unlock(signal_mutex);
      goto disconnected
    :: else -> here = false; other = 0
    fi
  }
#endif
  atomic { unlock(signal_mutex) }

finish_disconnect:
  /* ---- destroy_or_wait */
  atomic {
    lock(signal_mutex);
    if
    :: body[target] == DESTROYED -> unlock(signal_mutex); goto disconnected
    :: else
    fi
  }
  find_occupancy(target);
#ifdef without_find
  here = false; other = 0;
#endif
  if
  :: !here && other == 0 ->
    begin_destruction(target);
    if
    :: atomic { body[target] == WHOLE -> body[target] = CLAIMED; unlock(signal_mutex) }
      destroy(target);
      end_destruction()
    :: else -> end_destruction(); atomic { unlock(signal_mutex) }
    fi
  :: atomic { else -> here = false; other = 0; unlock(signal_mutex) }
  fi;
  atomic {
    if
    :: body[target] == DESTROYED ->
      seq_cst();
      if
      :: has_pending_work[me] -> pending_from = FROM_DISCONNECT; goto process_pending_work
      :: else -> goto disconnected
      fi
    :: else
    fi
  }

  /* ---- wait_and_destroy */
  atomic {
    lock(library_mutex);
    if
    :: !deferred[target] && body[target] == WHOLE -> /* defer_destruction */
      references[target]++; deferred[target] = true; was_deferred = true
    :: else
    fi
  }
  if
  :: was_deferred -> was_deferred = false; add_deferred_reason()
  :: else
  fi;
  do
  :: body[target] == DESTROYED ->
    if
    :: atomic { deferred[target] -> deferred[target] = false }
      remove_deferred_reason();
      atomic { unlock(library_mutex) }
      release(target)
    :: atomic { else -> unlock(library_mutex) }
    fi;
    break
  :: else ->
    /* vacancy_wait::step */
    find_occupancy(target);
    if
    :: !here && other == 0 -> /* vacant: destroy_unoccupied */
      atomic { lock(signal_mutex) }
      begin_destruction(target);
      if
      :: atomic { body[target] == WHOLE ->
          body[target] = CLAIMED;
          was_deferred = deferred[target]; deferred[target] = false;
          unlock(signal_mutex) }
        if
        :: was_deferred -> remove_deferred_reason()
        :: else
        fi;
        atomic { unlock(library_mutex) }
        destroy(target);
        if
        :: was_deferred -> was_deferred = false; release(target)
        :: else
        fi;
        end_destruction();
        break
      :: atomic { else -> unlock(signal_mutex) }
        end_destruction()
      fi
    :: else ->
      mark_occupants(target);
      atomic {
        newly_marked = false;
        if
#ifndef without_look_after_mark
        :: !here && !is_inside(other - 1, target) -> other = 0 /* check_again */
#endif
        :: else ->
          waits_for(target);
          if
          :: here || policy == NO_WAIT || deadlock -> /* refused, would_deadlock */
            assert(policy == NO_WAIT || running[me] != 0);
            given_up = true
          :: !(here || policy == NO_WAIT || deadlock) && policy == LIMIT -> given_up = true
          :: !(here || policy == NO_WAIT || deadlock) ->
            waiters[other - 1]++;
            waiting_for[me] = target;
            waits_on[me] = other;
            unlock(library_mutex)
          fi
        fi
      }
      if
      :: atomic { given_up ->
          here = false; other = 0; deadlock = false; unlock(library_mutex) }
        break
      :: atomic { !given_up && other != 0 ->
          waits_on[me] == 0 || policy == LIMIT;
          lock(library_mutex);
          waits_on[me] = 0; waiting_for[me] = 0;
          waiters[other - 1]--;
          other = 0 }
      :: atomic { !given_up && other == 0 -> skip }
      fi
    fi
  od;
  atomic {
    seq_cst();
    if
    :: has_pending_work[me] -> pending_from = FROM_DISCONNECT; goto process_pending_work
    :: else
    fi
  }
disconnected:
  atomic {
    if
    :: !given_up -> nobody_runs(target); assert(body[target] == DESTROYED)
    :: else -> given_up = false
    fi;
    if
    :: operation == DESTROY -> goto finished_one
    :: else
    fi;
    target = 0; policy = 0;
    if
    :: from == FROM_SCRIPT -> from = 0; goto next_operation
    :: from == FROM_RECEIVER -> from = 0; goto called
    fi
  }

end_signal:
  atomic { lock(signal_mutex) }
  add_slow_path(ENDED);
  /* mark_all_disconnected; unlocking and locking between is not modelled */
  atomic {
    each = 1;
    do
    :: each <= SLOTS ->
      if
      :: body[each] == WHOLE || body[each] == CLAIMED ->
        references[each]++; ending = ending | bit(each)
      :: else
      fi;
      each++
    :: else -> each = 1; break
    od
  }
  do
  :: each <= SLOTS -> mark_disconnected(each); each++
  :: else -> break
  od;
  atomic { each = 0; policy = WAIT; unlock(signal_mutex) }
  /* finish_all */
finish_next:
  atomic {
    target = 1;
    do
    :: target <= SLOTS && !(ending & bit(target)) -> target++
    :: target <= SLOTS && (ending & bit(target)) -> goto finish_disconnect
    :: target > SLOTS -> break
    od;
    goto finished_all
  }
finished_one:
  ending = ending & (255 - bit(target));
  release(target);
  goto finish_next;
finished_all:
  atomic { target = 0; policy = 0; lock(library_mutex) }
  atomic { !signal_mutex -> locked(); abandoned = true; awaits_threads = true } /* abandon */
  collect();
  atomic {
    unlock(library_mutex);
    if
    :: from == FROM_SCRIPT -> from = 0; goto next_operation
    :: from == FROM_RECEIVER -> from = 0; goto called
    fi
  }

  /* ---- connect_plain */
connect:
  atomic {
    lock(signal_mutex);
    target = 1;
    do
    :: target <= SLOTS && body[target] != FREE -> target++
    :: else -> break
    od;
    if
    :: target <= SLOTS ->
      generation[target]++;
      body[target] = WHOLE;
      references[target] = 2;
      fill(STORAGE(target), generation[target]);
      fill(ALIVE(target), 1);
      alive[target] = true
    :: else -> unlock(signal_mutex); goto connected
    fi
  }
  /* insert */
  if
  :: atomic { list_count[unfiltered] < 2 ->
      list_entry[2 * unfiltered + list_count[unfiltered]] = target;
      lists_naming[target]++;
#ifdef without_entry_before_count
      list_count[unfiltered]++;
      fill(COUNT(unfiltered), list_count[unfiltered]) }
    atomic {
      store_release(ENTRY(unfiltered, list_count[unfiltered] - 1), target)
#else
      store_release(ENTRY(unfiltered, list_count[unfiltered]), target);
      list_count[unfiltered]++;
#ifdef without_release_of_count
      store_relaxed(COUNT(unfiltered), list_count[unfiltered])
#else
      store_release(COUNT(unfiltered), list_count[unfiltered])
#endif
#endif
    }
  :: else -> replace(target)
  fi;
  /* enable */
  atomic {
    store_release(CALL(target), generation[target]);
    live++;
    store_release(LIVE, live);
    if
    :: live <= 2 -> update_only_slot()
    :: else
    fi
  }
  atomic { unlock(signal_mutex) }
connected:
  target = 0;
  goto next_operation;

mute:
  atomic { lock(signal_mutex) }
  if
  :: operation == MUTE -> add_slow_path(MUTED)
  :: else -> remove_slow_path(MUTED)
  fi;
  atomic { unlock(signal_mutex); goto next_operation }

await_inside:
  atomic { running[operation - 60] != 0 || (finished & bit(operation - 60)) -> goto next_operation }

  /* ---- queued_call_guard */
queued_call:
  reader_record();
  atomic { store_release(HAZARD(me, 0, RECEIVER), 0); path = FROM_QUEUE; goto protect_list }
protected_for_queue:
  atomic { slot = target; target = 0; list = 0; number = 0 }
#ifdef without_alive_after_store
  atomic { load(call, ALIVE(slot)) }
#endif
  atomic { store_release(HAZARD(me, 0, RECEIVER), slot) }
  atomic { touch_signal(); is_fenced = slow_path_reasons & FENCED; acquire() }
  if
  :: atomic { is_fenced -> exchange(HAZARD(me, 0, RECEIVER), slot); is_fenced = false }
  :: atomic { else -> skip }
  fi;
  atomic {
    touch_signal();
#ifndef without_alive_after_store
    load(call, ALIVE(slot));
#endif
    if
    :: call != 0 -> call = generation[slot]; goto call_receiver
    :: else
    fi
  }
queued_call_ends: /* release_frame */
  atomic { slot = 0; path = 0; store_release(HAZARD(me, 0, RECEIVER), 0) }
  atomic { exchange(HAZARD(me, 0, LIST), 0); goto check_pending_work }

use_fences:
  atomic { lock(library_mutex); fence_enabled = false }
  atomic { lock(signal_mutex); was_fenced = slow_path_reasons & FENCED }
  add_slow_path(FENCED);
#ifdef without_order_of_use_fences
  atomic { unlock(signal_mutex) }
  heavy();
#else
  if
  :: !was_fenced && others_read -> heavy()
  :: else
  fi;
  atomic { unlock(signal_mutex) }
#endif
  was_fenced = false;
  atomic { unlock(library_mutex); goto next_operation }

release_connection:
  release(target);
  target = 0;
  goto next_operation;

  /* ---- release_record */
end_thread:
  atomic {
    seq_cst();
    if
    :: has_pending_work[me] -> pending_from = FROM_THREAD_END; goto process_pending_work
    :: else
    fi
  }
processed_at_thread_end:
  atomic {
    lock(library_mutex);
    owned[me] = false; has_record = false;
    unlock(library_mutex);
    goto next_operation
  }

script_ended:
  atomic {
    finished = finished | bit(me);
    if
    :: finished == bit(THREADS) - 1 ->
      k = 1;
      do
      :: k <= SLOTS ->
        assert(alive[k] || body[k] == FREE || body[k] == DESTROYED);
        assert(!deferred[k]);
        k++
      :: else -> k = 0; break
      od;
      assert(deferred_reasons == 0);
      assert(!abandoned || freed)
    :: else
    fi
  }
}

init {
  atomic {
    byte i = 1;
    list_state[1] = CURRENT;
    do
    :: i <= CONNECTED ->
      body[i] = WHOLE; alive[i] = true; generation[i] = 1; references[i] = 1 + CONNECTIONS(i);
      lists_naming[i] = 1; list_entry[1 + i] = i;
      mem[CALL(i)] = 1; mem[STORAGE(i)] = 1; mem[ALIVE(i)] = 1; mem[ENTRY(1, i - 1)] = i;
      i++
    :: else -> break
    od;
    list_count[1] = CONNECTED; mem[COUNT(1)] = CONNECTED; live = CONNECTED; mem[LIVE] = CONNECTED;
    only_slot = (CONNECTED == 1 && REASONS_AT_FIRST == 0 -> 1 : 0); mem[ONLY_SLOT] = only_slot;
    remember_memory();
    fast_list = (REASONS_AT_FIRST == 0 -> 1 : 0);
    i = 0;
    do
    :: i < THREADS -> owned[i] = true; run thread(i); i++
    :: else -> break
    od;
    i = 0
  }
}
