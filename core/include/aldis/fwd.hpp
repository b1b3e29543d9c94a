#pragma once

// The public names of core, for headers that only mention them.

namespace aldis {

template <class Signature, class...>
class signal;
template <class Signature>
class receiver;
template <class R>
struct reply;
template <class R>
class replies;
template <class R>
struct outcome;
template <class R>
class outcomes;
template <class Signature>
class connectable;
template <class T>
class guarded;
template <class T>
struct sender_key;
template <class Pointer>
struct weak_pointer_of;

class any_sender;
class bad_topic;
class connection;
class connection_block;
class connections;
class registry;
class scoped_connection;
class sender_scope;
class signal_mute;
class signature_mismatch;

struct receiver_info;
struct send_report;
struct signal_info;

enum class disconnect_result;

}  // namespace aldis
