#!/usr/bin/env python3
"""prove.py [<name>...]: explores every state of the models beside it, and checks that each mutant,
which lacks one line of the protocol, is found. docs/design/model.md says what that proves.

Needs spin and gcc. Works in build/prove; after an error `spin -t -p model.pml` in a folder there
prints how it came about.
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build/prove"
MEMORY_LIMIT = 5800  # MB, of each checker; except for HUGE they need 1500

X86 = {"MEMORY": "x86_memory.pml", "REASONS_AT_FIRST": 0}
FENCED = {"REASONS_AT_FIRST": 1}
WEAK = {"MEMORY": "weak_memory.pml", "REASONS_AT_FIRST": 1, "ALWAYS_FENCED": ""}
CONDITIONAL = {"REASONS_AT_FIRST": 16}
COMPACT, UNFENCES, TRIVIAL = {"COMPACT": ""}, {"UNFENCES": ""}, {"TRIVIAL": ""}
QUEUED_CALLS = {"QUEUED_CALLS": ""}
SIGNAL_ENDS, THREADS_END = {"SIGNAL_ENDS": ""}, {"THREADS_END": ""}

FIRST = "DISCONNECT(1) RELEASE(1)"
SECOND = "DISCONNECT(2) RELEASE(2)"


def chosen(cases, otherwise):
    """The expression of Promela that chooses by the parameters of a macro."""
    expression = otherwise
    for condition, value in cases:
        expression = f"({condition} -> {value} : {expression})"
    return expression


def disconnect(*threads, slots=1, lists=2, buffer=3, inside=(), connected=None, readers=None,
               **more):
    """The text of a model: what each thread does, senders first; `inside`: what receivers do."""
    senders = max(1, sum("SEND" in thread or "QUEUED" in thread for thread in threads))
    scripts = [(f"t == {t} && n == {n}", operation)
               for t, thread in enumerate(threads) for n, operation in enumerate(thread.split())]
    connections = [(f"s == {s}", " ".join(threads).count(f"RELEASE({s})"))
                   for s in range(1, slots + 1)]
    return text("disconnect.pml", X86 | {
        "THREADS": len(threads), "SENDERS": senders, "SLOTS": slots, "LISTS": lists,
        "BUFFER": buffer, "CONNECTED": slots if connected is None else connected,
        "READERS_AT_FIRST": (1 << senders) - 1 if readers is None else readers,
        "SCRIPT(t, n)": chosen(scripts, "NOTHING"),
        "INSIDE(t, s)": chosen([(f"t == {t} && s == {s}", operation)
                                for t, s, operation in inside], "NOTHING"),
        "CONNECTIONS(s)": chosen(connections, 0)} | more)


def topics(senders, searches, rounds, **more):
    return text("topics.pml", X86 | {"SENDERS": senders, "SEARCHES": searches, "ROUNDS": rounds,
                                     "NODES": rounds + 1, "BUFFER": 5} | more)


def text(model, definitions):
    definitions["MEMORY"] = f'"{HERE / definitions["MEMORY"]}"'
    lines = [f"#define {name} {value}" for name, value in definitions.items()]
    return "\n".join([*lines, f'#include "{HERE / model}"', ""])


BOTH_INSIDE = [(0, 1, "DISCONNECT(1)"), (1, 1, "DISCONNECT(1)")]
MUTUAL = [(0, 1, "DISCONNECT(2)"), (1, 2, "DISCONNECT(1)")]
AWAIT_INSIDE = [(0, 2, "AWAIT(1)")]
DESTROY_INSIDE = [(0, 1, "DESTROY")]

CONFIGURATIONS = {
    # x86-64
    "only_slot": disconnect("SEND SEND", FIRST),
    "only_slot_2_disconnects": disconnect("SEND SEND", FIRST, FIRST),
    "only_slot_2_sends": disconnect("SEND", "SEND", FIRST),
    "trivial": disconnect("SEND SEND", FIRST, FIRST, **TRIVIAL),
    "connect_second": disconnect("SEND", "CONNECT DISCONNECT(2)", FIRST, slots=2, connected=1),
    "list": disconnect("SEND SEND", FIRST, slots=2, buffer=5, **COMPACT),
    "list_2_sends": disconnect("SEND", "SEND", FIRST, slots=2, buffer=4),
    "list_2_disconnects": disconnect("SEND", FIRST, SECOND, slots=2, lists=3, buffer=5, **COMPACT),
    "fenced": disconnect("SEND", FIRST, slots=2, lists=3, **FENCED, **COMPACT),
    "fenced_and_back": disconnect("SEND SEND", FIRST, SECOND, slots=2, lists=3,
                                  **FENCED, **COMPACT, **UNFENCES),
    "fenced_and_back_only_slot": disconnect("SEND SEND", FIRST, FIRST, **FENCED, **UNFENCES),
    "conditional": disconnect("SEND", FIRST, SECOND, slots=2, **CONDITIONAL),
    "conditional_list": disconnect("SEND SEND", FIRST, slots=2, lists=3, **CONDITIONAL, **COMPACT),
    "register": disconnect("SEND SEND", FIRST, readers=0),
    "register_2_sends": disconnect("SEND", "SEND", FIRST, readers=0),
    "register_2_disconnects": disconnect("SEND", FIRST, SECOND, slots=2, readers=0),
    "slot_again": disconnect("SEND SEND", f"{FIRST} CONNECT DISCONNECT(1)"),
    "slot_again_list": disconnect("SEND SEND", f"{FIRST} CONNECT", SECOND, slots=2, lists=3,
                                  buffer=4, **COMPACT),
    "mute": disconnect("SEND SEND", f"MUTE {FIRST} UNMUTE"),
    "mute_request": disconnect("SEND", "MUTE REQUEST(1) RELEASE(1)"),
    "request_2_sends": disconnect("SEND", "SEND", "REQUEST(1) RELEASE(1)"),
    "request_and_disconnect": disconnect("SEND", "REQUEST(1) RELEASE(1)", FIRST),
    "time_limit": disconnect("SEND SEND", "DISCONNECT_FOR(1) RELEASE(1)", FIRST),
    "use_fences": disconnect("SEND", "USE_FENCES", FIRST),
    "use_fences_and_back": disconnect("SEND SEND", "USE_FENCES", FIRST, **FENCED, **UNFENCES),
    "queued": disconnect("QUEUED(1) QUEUED(1) RELEASE(1)", FIRST, FIRST, buffer=4,
                         **QUEUED_CALLS),
    "queued_and_send": disconnect("QUEUED(1) RELEASE(1)", "SEND", FIRST, buffer=4,
                                  **QUEUED_CALLS),
    "queued_fenced": disconnect("QUEUED(1) RELEASE(1)", FIRST, SECOND, slots=2, lists=3,
                                **QUEUED_CALLS, **FENCED, **UNFENCES, **COMPACT),
    "inside": disconnect("SEND RELEASE(1)", FIRST, inside=BOTH_INSIDE),
    "inside_2_sends": disconnect("SEND RELEASE(1)", "SEND RELEASE(1)", FIRST, inside=BOTH_INSIDE),
    "mutual": disconnect("SEND", "SEND", slots=2, inside=MUTUAL),
    "mutual_and_outside": disconnect("SEND", "SEND", FIRST, slots=2, inside=MUTUAL),
    "next_receiver_waits": disconnect("SEND", FIRST, slots=2, inside=AWAIT_INSIDE, **FENCED),
    "next_receiver_waits_fast": disconnect("SEND", FIRST, slots=2, inside=AWAIT_INSIDE),
    "destroy_inside": disconnect("SEND", FIRST, inside=DESTROY_INSIDE, **SIGNAL_ENDS),
    "destroy_inside_list": disconnect("SEND", SECOND, slots=2, lists=3, inside=DESTROY_INSIDE,
                                      **SIGNAL_ENDS, **COMPACT),
    "destroy_while_sent": disconnect("SEND", "AWAIT_INSIDE(0) DESTROY", slots=2, buffer=4,
                                     **SIGNAL_ENDS),
    "destroy_and_disconnect": disconnect("DESTROY", FIRST, **SIGNAL_ENDS),
    "thread_ends": disconnect("SEND END_THREAD SEND", FIRST, SECOND, slots=2, **THREADS_END),
    "thread_ends_fenced": disconnect("SEND END_THREAD SEND", FIRST, SECOND, slots=2,
                                     **FENCED, **THREADS_END),
    "thread_ends_register": disconnect("SEND END_THREAD SEND", FIRST, readers=0, **THREADS_END),
    "topics": topics(1, 2, 3),
    "topics_and_back": topics(1, 2, 2, **FENCED, **UNFENCES),
    "topics_2_sends": topics(2, 1, 2),
    # Always fenced, with a weaker memory
    "weak": disconnect("SEND SEND", FIRST, **WEAK),
    "weak_2_disconnects": disconnect("SEND", FIRST, FIRST, **WEAK),
    "weak_2_sends": disconnect("SEND", "SEND", FIRST, **WEAK),
    "weak_list": disconnect("SEND SEND", FIRST, slots=2, **WEAK, **COMPACT),
    "weak_connect": disconnect("SEND", f"CONNECT {FIRST}", slots=2, connected=1, buffer=6,
                               **WEAK, **COMPACT),
    "weak_slot_again": disconnect("SEND SEND", f"{FIRST} CONNECT DISCONNECT(1)", buffer=6, **WEAK),
    "weak_register": disconnect("SEND SEND", FIRST, readers=0, **WEAK),
    "weak_queued": disconnect("QUEUED(1) QUEUED(1) RELEASE(1)", FIRST, **QUEUED_CALLS, **WEAK),
    "weak_inside": disconnect("SEND RELEASE(1)", FIRST, inside=BOTH_INSIDE, **WEAK),
    "weak_request": disconnect("SEND", "SEND", "REQUEST(1) RELEASE(1)", **WEAK),
    "weak_destroy_inside": disconnect("SEND", FIRST, inside=DESTROY_INSIDE, **WEAK, **SIGNAL_ENDS),
    "weak_topics": topics(1, 2, 3, **WEAK),
}
# Those with millions of states: compiled with optimizations, and begun first.
LARGE = ["fenced_and_back", "slot_again_list", "weak_2_sends", "weak_request",
         "topics_2_sends", "mutual_and_outside", "list_2_disconnects", "list_2_sends",
         "weak_topics"]

# Only explored if they are named on the command line: more than fifty million states.
HUGE = {
    "only_slot_2_by_2": disconnect("SEND", "SEND", "DISCONNECT(1)", "DISCONNECT(1)", buffer=2),
}

# (what is taken away, the configuration that finds it)
MUTANTS = {
    # Hazard pointers
    "barrier": ("synchronize: the barrier when sends become fenced", "only_slot"),
    "order_of_barrier": ("synchronize: fenced is set before the barrier", "list_2_disconnects"),
    "order_of_reasons": ("store_hazard: the reasons are read after the store", "conditional"),
    "exchange": ("store_hazard: the exchange while fenced", "fenced"),
    "protect_check": ("protect: the source is read again", "fenced"),
    "only_slot_check": ("fast_send::send: only_slot is read again", "connect_second"),
    "fast_list_check": ("send_to_many: fast_list is read again", "list"),
    "step_check": ("step: fast_list is read again", "list_2_disconnects"),
    "call_after_store": ("next: the call is read after the hazard pointer was stored", "fenced"),
    "alive_after_store": ("queued_call_guard: alive is read after the hazard pointer was stored",
                          "queued"),
    "reasons_of_only_slot": ("update_only_slot: null while there are reasons",
                             "list_2_disconnects"),
    "synchronize": ("replace: the barrier before a slot list is retired", "list"),
    "looking": ("reclaim: the hazard pointers are looked at", "list"),
    "order_of_use_fences": ("use_fences: the barrier comes before the mutex is unlocked",
                            "use_fences"),
    "readers": ("is_quiescent: other threads that read", "list"),
    "registering": ("is_reader: the bit in hazard_domain::readers", "register"),
    "mutex_to_register": ("reader_record: the mutex", "register"),
    "mutex_to_unfence": ("try_restore_fast_path: the mutex", "fenced_and_back"),
    "mutex_to_forget": ("forget_ended_threads: the registry's mutex", "thread_ends"),
    # Waiting and destroying
    "find": ("destroy_or_wait: find_occupancy", "only_slot"),
    "barrier_after_mark": ("mark_occupants: the barrier", "only_slot"),
    "look_after_mark": ("step: is_inside after the mark", "only_slot"),
    "wake": ("wake_waiters", "only_slot"),
    "fast_pending_check": ("fast_call_guard: has_pending_work", "only_slot"),
    "pending_check_in_next": ("next: has_pending_work", "next_receiver_waits"),
    "pending_check_when_muted": ("leave: has_pending_work without a frame", "mute_request"),
    "pending_checks": ("leave and retract_hazard: has_pending_work", "mute"),
    "second_look": ("is_vacant: once more after a new mark", "request_2_sends"),
    "search": ("step: waits_for", "mutual"),
    "retired_lists": ("is_list_of: slot lists that are retired", "destroy_inside_list"),
    "abandoning": ("release: the last reference frees an abandoned signal",
                   "destroy_and_disconnect"),
    "second_look_at_signal": ("collect: once more after a new mark", "destroy_while_sent"),
    # Always fenced
    "exchange_on_leaving": ("leave: the exchange", "weak"),
    "entry_before_count": ("insert: the entry is written before the count", "weak_connect"),
    "acquire_of_count": ("slow_send: acquire, when the count is loaded", "weak_connect"),
    "release_of_count": ("insert: release, when the count is stored", "weak_connect"),
    # Topics
    "topics:protect_check": ("protect: the current epoch is read again", "weak_topics"),
    "topics:exchange": ("store_hazard: the exchange while fenced", "topics"),
    "topics:order_of_reasons": ("store_hazard: the reasons are read after the store", "topics"),
    "topics:looking": ("epochs::reclaim: the hazard pointers are looked at", "topics"),
    "topics:synchronize": ("epochs::reclaim: synchronize", "topics"),
    "topics:serial_before_call": ("emplace: the new serial comes before the new call", "topics"),
    "topics:serial_after_call": ("next: the serial is read after the call", "topics"),
    "topics:acquire_of_call": ("next: acquire, when the call is loaded", "weak_topics"),
    "topics:release_of_call": ("enable: release, when the call is stored", "weak_topics"),
    "topics:matched_slots": ("match_topic: the hazard pointer matched_slots", "topics"),
}


def run(name, model, large):
    """How a model ended: the error or None, the number of states, and what the checker printed."""
    folder = BUILD / name.replace(":", "_")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pml").write_text(model)
    for command in (["spin", "-a", "model.pml"],
                    ["gcc", "-Og" if large else "-O0", "-w", "-DSAFETY", "-DCOLLAPSE",
                     "-DVECTORSZ=512", f"-DMEMLIM={MEMORY_LIMIT}", "-o", "pan", "pan.c"]):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode or "Error" in done.stdout:
            return "does not compile", 0, done.stdout + done.stderr
    output = subprocess.run(["./pan", "-m50000", "-w24" if large else "-w20"], cwd=folder,
                            capture_output=True, text=True, check=False).stdout
    states = re.search(r"(\d+) states, stored", output)
    error = re.search(r"^pan:1: (assertion violated|invalid end state)", output, re.M)
    # A whole search: not cut off by the depth, the memory or anything else.
    cut_off = re.search("too small|out of memory|MEMLIM", output)
    if not error and (cut_off or "errors: 0" not in output):
        return "not complete", 0, output
    return error and error[1], int(states[1]) if states else 0, output


def check(job):
    """One line of the table, and whether all is well."""
    name, configuration, without = job
    model = (CONFIGURATIONS | HUGE)[configuration]
    began = time.monotonic()
    if without:
        model = f'#define without_{name.split(":")[-1]}\n' + model
    error, states, output = run(name if not without else f"without_{name}", model,
                                not without and (name in LARGE or name in HUGE))
    seconds = time.monotonic() - began
    found = error in ("assertion violated", "invalid end state")
    if without:
        good, result = found, f"found: {error}" if found else f'NOT FOUND: {error or "no error"}'
    else:
        good, result = not error, error or "no error"
    about = f"  {without} ({configuration})" if without else ""
    line = f"{name:28} {states:>9} states {seconds:5.0f} s  {result}{about}"
    return line + ("" if good else "\n" + output[-2000:]), good


def main(names):
    jobs = [(name, name, None) for name in LARGE]
    jobs += [(name, name, None) for name in CONFIGURATIONS if name not in LARGE]
    jobs += [(name, configuration, without) for name, (without, configuration) in MUTANTS.items()]
    jobs = [job for job in jobs if not names or job[0] in names]
    jobs += [(name, name, None) for name in HUGE if name in names]
    began = time.monotonic()
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in concurrent.futures.as_completed([pool.submit(check, job) for job in jobs]):
            line, good = done.result()
            print(line, flush=True)
            failed += not good
    print(f"{len(jobs)} models, {failed} of them not as they should be, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
