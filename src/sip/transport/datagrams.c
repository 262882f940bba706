// Takes all that waits at a UDP socket in one system call, where node:dgram needs one, 64 kB of memory and a call into
// JavaScript for each datagram. Built by scripts/native.mjs, used by batches.ts; without it node:dgram does everything.
// Keeps nothing between calls: datagrams go to memory of the caller's, all else is on the stack.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <node_api.h>
#include <string.h>
#include <sys/socket.h>

enum {
  MOST = 32,                                     // datagrams of one call
  SLOT = 65536,                                  // bytes for one: more than UDP can carry, so that none is cut off
  TEXT = INET6_ADDRSTRLEN + 1 + IF_NAMESIZE,     // an address, '%', and the name of an interface
};

typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} source_t;

// As node:dgram writes it: IPv6 that is valid on one link only carries the name of the interface.
static void write_address(const source_t *source, char text[TEXT]) {
  const struct in6_addr *v6 = &source->v6.sin6_addr;
  if (source->any.sa_family == AF_INET) {
    inet_ntop(AF_INET, &source->v4.sin_addr, text, TEXT);
    return;
  }
  inet_ntop(AF_INET6, v6, text, TEXT);
  size_t length = strlen(text);
  if (!IN6_IS_ADDR_LINKLOCAL(v6) || source->v6.sin6_scope_id == 0) return;
  if (if_indextoname(source->v6.sin6_scope_id, text + length + 1)) text[length] = '%';
}

static napi_value number(napi_env env, int value) {
  napi_value result = NULL;
  napi_create_int32(env, value, &result);
  return result;
}

static napi_value refuse(napi_env env) {
  napi_throw_type_error(env, NULL, "receive(descriptor, slots: Uint8Array, table: Uint32Array, addresses: string[])");
  return NULL;
}

// receive(descriptor, slots, table, addresses): how many datagrams came, 0 when none waits, -errno when it fails.
// Datagram i lies at i * SLOT of `slots`; its length and its source's port are at 2i and 2i + 1 of `table`.
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
      type_of_table != napi_uint32_array || words < 2 * MOST)
    return refuse(env);

  struct mmsghdr messages[MOST];
  struct iovec places[MOST];
  source_t sources[MOST];
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
    char text[TEXT] = "";
    napi_value address;
    write_address(&sources[i], text);
    if (napi_create_string_latin1(env, text, NAPI_AUTO_LENGTH, &address) != napi_ok ||
        napi_set_element(env, args[3], i, address) != napi_ok)
      return refuse(env);
    table[2 * i] = messages[i].msg_len;
    table[2 * i + 1] = ntohs(sources[i].any.sa_family == AF_INET ? sources[i].v4.sin_port : sources[i].v6.sin6_port);
  }
  return number(env, received);
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "receive", NAPI_AUTO_LENGTH, receive, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "receive", function) != napi_ok ||
      napi_set_named_property(env, exports, "most", number(env, MOST)) != napi_ok ||
      napi_set_named_property(env, exports, "slot", number(env, SLOT)) != napi_ok)
    return NULL;
  return exports;
}
