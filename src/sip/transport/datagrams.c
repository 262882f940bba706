// The two system calls by which datagrams come and go, without what node:dgram does around them: memory of 64 kB and a
// call into JavaScript for each that comes, a request and a callback for each that goes. Built by scripts/native.mjs,
// used by datagrams.ts and outbox.ts. It opens, waits for and closes nothing, and keeps nothing between calls.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <node_api.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

enum {
  MOST = 32,                                  // datagrams that one call receives
  TOGETHER = 8,                               // datagrams that one call sends
  WORDS = 3,                                  // of the table, for one
  SLOT = 65536,                               // bytes for one: more than UDP carries, so that none is cut off
  TEXT = INET6_ADDRSTRLEN + 1 + IF_NAMESIZE,  // an address, '%', and the name of an interface
};

typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} endpoint_t;

static napi_value number(napi_env env, int value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static napi_value refuse(napi_env env, const char *usage) {
  napi_throw_type_error(env, NULL, usage);
  return NULL;
}

// As node:dgram writes it: IPv6 that is valid on one link only carries the name of the interface.
static void write_address(const endpoint_t *from, char text[TEXT]) {
  inet_ntop(AF_INET6, &from->v6.sin6_addr, text, TEXT);
  size_t length = strlen(text);
  if (!IN6_IS_ADDR_LINKLOCAL(&from->v6.sin6_addr) || from->v6.sin6_scope_id == 0) return;
  if (if_indextoname(from->v6.sin6_scope_id, text + length + 1)) text[length] = '%';
}

// receive(descriptor, slots, table, addresses): how many datagrams came, 0 when none waits, -errno when it fails.
// Datagram i lies at i * SLOT of `slots`. Its length, its source's port and, as a number, its source's IPv4 address are at
// 3i and after of `table`; an IPv6 address is at i of `addresses`, and the number is 0.
static napi_value receive(napi_env env, napi_callback_info info) {
  napi_value args[4];
  size_t count = 4, bytes, words;
  int32_t descriptor;
  napi_typedarray_type type_of_slots, type_of_table;
  char *slots;
  uint32_t *table;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 4 ||
      napi_get_value_int32(env, args[0], &descriptor) != napi_ok ||
      napi_get_typedarray_info(env, args[1], &type_of_slots, &bytes, (void **)&slots, NULL, NULL) != napi_ok ||
      napi_get_typedarray_info(env, args[2], &type_of_table, &words, (void **)&table, NULL, NULL) != napi_ok ||
      type_of_slots != napi_uint8_array || bytes < (size_t)MOST * SLOT ||
      type_of_table != napi_uint32_array || words < WORDS * MOST)
    return refuse(env, "receive(descriptor, slots: Uint8Array, table: Uint32Array, addresses: string[])");

  struct mmsghdr messages[MOST];
  struct iovec places[MOST];
  endpoint_t sources[MOST];
  memset(messages, 0, sizeof messages);
  memset(sources, 0, sizeof sources);
  for (int i = 0; i < MOST; i++) {
    places[i] = (struct iovec){.iov_base = slots + (size_t)i * SLOT, .iov_len = SLOT};
    messages[i].msg_hdr = (struct msghdr){
        .msg_name = &sources[i], .msg_namelen = sizeof sources[i], .msg_iov = &places[i], .msg_iovlen = 1};
  }
  int received = recvmmsg(descriptor, messages, MOST, MSG_DONTWAIT, NULL);
  if (received < 0) return number(env, errno == EAGAIN || errno == EINTR ? 0 : -errno);

  for (int i = 0; i < received; i++) {
    uint32_t *row = table + WORDS * i;
    row[0] = messages[i].msg_len;
    if (sources[i].any.sa_family == AF_INET) {
      row[1] = ntohs(sources[i].v4.sin_port);
      row[2] = ntohl(sources[i].v4.sin_addr.s_addr);
      continue;
    }
    row[1] = ntohs(sources[i].v6.sin6_port);
    row[2] = 0;
    char text[TEXT] = "";
    napi_value address;
    write_address(&sources[i], text);
    if (napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &address) != napi_ok ||
        napi_set_element(env, args[3], i, address) != napi_ok)
      return refuse(env, "addresses must be an array");
  }
  return number(env, received);
}

// The size of what `to` became; 0 when this is no plain address (a zone, say) or no port.
static socklen_t read_endpoint(const char *text, uint32_t port, endpoint_t *to) {
  memset(to, 0, sizeof *to);
  if (port == 0 || port > UINT16_MAX) return 0;
  if (inet_pton(AF_INET, text, &to->v4.sin_addr) == 1) {
    to->v4.sin_family = AF_INET;
    to->v4.sin_port = htons(port);
    return sizeof to->v4;
  }
  if (inet_pton(AF_INET6, text, &to->v6.sin6_addr) == 1) {
    to->v6.sin6_family = AF_INET6;
    to->v6.sin6_port = htons(port);
    return sizeof to->v6;
  }
  return 0;
}

// Places one datagram of those to be sent; false when an argument is none, *errnumber says when the system would refuse it.
static bool place(napi_env env, const napi_value args[5], uint32_t at, char *bytes, endpoint_t *to,
                  struct msghdr *message, struct iovec *data, int *errnumber) {
  napi_value text, address, port;
  napi_valuetype type;
  // What is cut off here is too long for a datagram all the same.
  if (napi_get_element(env, args[2], at, &text) != napi_ok ||
      napi_get_value_string_latin1(env, text, bytes, SLOT, &data->iov_len) != napi_ok ||
      napi_get_element(env, args[3], at, &address) != napi_ok || napi_typeof(env, address, &type) != napi_ok)
    return false;
  data->iov_base = bytes;
  *message = (struct msghdr){.msg_iov = data, .msg_iovlen = 1};
  if (type == napi_undefined) return true;
  char name[TEXT];
  size_t length;
  uint32_t number_of_port;
  if (napi_get_value_string_latin1(env, address, name, sizeof name, &length) != napi_ok ||
      napi_get_element(env, args[4], at, &port) != napi_ok ||
      napi_get_value_uint32(env, port, &number_of_port) != napi_ok)
    return false;
  message->msg_name = to;
  message->msg_namelen = strlen(name) == length ? read_endpoint(name, number_of_port, to) : 0;
  if (message->msg_namelen == 0) *errnumber = EINVAL;
  return true;
}

// send(descriptor, from, texts, addresses, ports): how many datagrams the system took, whose bytes are the chars of the
// texts at `from` and after; -errno when it did not take the first. Without an address, to the peer that the socket is
// connected to.
static napi_value transmit(napi_env env, napi_callback_info info) {
  static const char *usage = "send(descriptor, from, texts: string[], addresses: (string | undefined)[], ports: number[])";
  static _Thread_local char bytes[TOGETHER][SLOT];
  struct mmsghdr messages[TOGETHER];
  struct iovec data[TOGETHER];
  endpoint_t to[TOGETHER];
  napi_value args[5];
  size_t count = 5;
  int32_t descriptor;
  uint32_t from, length;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 5 ||
      napi_get_value_int32(env, args[0], &descriptor) != napi_ok ||
      napi_get_value_uint32(env, args[1], &from) != napi_ok ||
      napi_get_array_length(env, args[2], &length) != napi_ok || from >= length)
    return refuse(env, usage);
  uint32_t placed = 0;
  int errnumber = 0;
  for (; placed < TOGETHER && placed < length - from; placed++) {
    if (!place(env, args, from + placed, bytes[placed], &to[placed], &messages[placed].msg_hdr, &data[placed], &errnumber))
      return refuse(env, usage);
    if (errnumber) break;
  }
  if (placed == 0) return number(env, -errnumber);
  int sent = sendmmsg(descriptor, messages, placed, MSG_DONTWAIT);
  return number(env, sent < 0 ? -errno : sent);
}

NAPI_MODULE_INIT() {
  napi_value functions[2];
  if (napi_create_function(env, "receive", NAPI_AUTO_LENGTH, receive, NULL, &functions[0]) != napi_ok ||
      napi_create_function(env, "send", NAPI_AUTO_LENGTH, transmit, NULL, &functions[1]) != napi_ok ||
      napi_set_named_property(env, exports, "receive", functions[0]) != napi_ok ||
      napi_set_named_property(env, exports, "send", functions[1]) != napi_ok ||
      napi_set_named_property(env, exports, "most", number(env, MOST)) != napi_ok ||
      napi_set_named_property(env, exports, "slot", number(env, SLOT)) != napi_ok)
    return NULL;
  return exports;
}
