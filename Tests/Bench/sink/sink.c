// Connections, messages and counters. Usage: sink [--keep] [--latency-ms N]
//
// Prints its port on 127.0.0.1, and when a signal ends it (SIGTERM, SIGINT) one line of JSON: what was done to each
// collection, bytes received, and the processor time it took itself.
//
// --latency-ms delays each reply by N milliseconds, as a server that far away would. Each connection waits by itself, so
// requests on different connections overlap.

#include "sink.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { op_reply = 1, op_query = 2004, op_msg = 2013 };
enum { more_to_come = 2 };

typedef struct {
  int32_t length, id, answers, operation;
} Header;

static const int32_t longest_message = 48000000 + 16384;
static _Atomic int64_t bytes_received;
/// Delay before each reply.
static struct timespec latency;

/// Sends a header, the bytes between it and the document, and the document.
static bool reply_with(int socket, int32_t answers, int32_t operation, const void *between, size_t size, const bson_t *document) {
  Header header = {(int32_t)(sizeof header + size + document->len), 0, answers, operation};
  struct iovec parts[] = {
    {&header, sizeof header}, {(void *)between, size}, {(void *)bson_get_data(document), document->len}};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
  struct timespec left_to_wait = latency;
  while ((left_to_wait.tv_sec || left_to_wait.tv_nsec) && nanosleep(&left_to_wait, &left_to_wait)) {
  }
  for (size_t left = (size_t)header.length; left;) {
    ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    left -= (size_t)sent;
    for (struct iovec *part = message.msg_iov; sent; part++) {
      size_t step = (size_t)sent < part->iov_len ? (size_t)sent : part->iov_len;
      part->iov_base = (char *)part->iov_base + step;
      part->iov_len -= step;
      sent -= (ssize_t)step;
    }
  }
  return true;
}

/// Reads the sections of an OP_MSG: one body, and at most one sequence of documents.
static bool sections(const uint8_t *at, const uint8_t *end, Request *request) {
  bool has_body = false;
  while (end - at > 5) {
    uint8_t kind = *at++;
    int32_t size;
    memcpy(&size, at, 4);
    if (size < 5 || size > end - at) return false;
    if (kind == 0) {
      if (!bson_init_static(&request->body, at, (size_t)size)) return false;
      has_body = true;
    } else if (kind == 1 && !request->documents) {
      const uint8_t *name_end = memchr(at + 4, 0, (size_t)size - 4);
      if (!name_end) return false;
      request->documents = name_end + 1;
      request->documents_end = at + size;
    } else {
      return false;
    }
    at += size;
  }
  return has_body;
}

/// - Returns: false for what is not understood, or when the client is gone.
static bool converse(int socket, const Header *header, const uint8_t *message, size_t size, bson_t *reply) {
  Request request = {0};
  bson_reinit(reply);
  uint32_t flags;
  if (size < 4) return false;
  memcpy(&flags, message, 4);
  if (header->operation == op_msg) {
    if (!sections(message + 4, message + size, &request)) return false;
    answer(&request, reply);
    static const char none_and_body[5] = {0};
    return flags & more_to_come || reply_with(socket, header->id, op_msg, none_and_body, 5, reply);
  }
  if (header->operation == op_query) {  // the old form, in which drivers say hello
    const uint8_t *name_end = memchr(message + 4, 0, size - 4);
    if (!name_end || message + size - name_end < 14) return false;
    const uint8_t *query = name_end + 9;
    int32_t length;
    memcpy(&length, query, 4);
    if (length > message + size - query || !bson_init_static(&request.body, query, (size_t)length)) return false;
    answer(&request, reply);
    static const int32_t one_document[5] = {8, 0, 0, 0, 1};
    return reply_with(socket, header->id, op_reply, one_document, sizeof one_document, reply);
  }
  return false;
}

static void *serve(void *argument) {
  int socket = (int)(intptr_t)argument;
  Header header;
  uint8_t *message = NULL;
  size_t capacity = 0;
  bson_t reply = BSON_INITIALIZER;
  while (recv(socket, &header, sizeof header, MSG_WAITALL) == sizeof header) {
    if (header.length < 20 || header.length > longest_message) break;
    size_t size = (size_t)header.length - sizeof header;
    if (size > capacity) message = realloc(message, capacity = size * 2);
    if (recv(socket, message, size, MSG_WAITALL) != (ssize_t)size) break;
    bytes_received += header.length;
    if (!converse(socket, &header, message, size, &reply)) break;
  }
  bson_destroy(&reply);
  free(message);
  close(socket);
  return NULL;
}

static void *accept_connections(void *argument) {
  int listener = (int)(intptr_t)argument, one = 1;
  for (;;) {
    int socket = accept(listener, NULL, NULL);
    if (socket < 0) continue;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)socket)) abort();
    pthread_detach(thread);
  }
}

static void print_counts(const Collection *collection) {
  static const char *separator = "";
  const Counts *counts = &collection->counts;
  printf(
    "%s\"%s\": {\"inserted\": %ld, \"upserted\": %ld, \"matched\": %ld, \"modified\": %ld, \"duplicates\": %ld, "
    "\"found\": %ld}",
    separator, collection->name, (long)counts->inserted, (long)counts->upserted, (long)counts->matched,
    (long)counts->modified, (long)counts->duplicates, (long)counts->found);
  separator = ", ";
}

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static int usage(void) {
  fprintf(stderr, "usage: sink [--keep] [--latency-ms N]\n");
  return 64;
}

int main(int count, char **arguments) {
  for (int i = 1; i < count; i++) {
    char *end = NULL;
    if (!strcmp(arguments[i], "--keep")) {
      keeps = true;
    } else if (!strcmp(arguments[i], "--latency-ms") && i + 1 < count) {
      double wanted = strtod(arguments[++i], &end);
      if (end == arguments[i] || *end || !(wanted >= 0 && wanted <= 60000)) return usage();
      latency = (struct timespec){(time_t)(wanted / 1e3), (long)(wanted * 1e6) % 1000000000};
    } else {
      return usage();
    }
  }

  // Only this thread takes the signals that end the program.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, NULL);

  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64)
      || getsockname(listener, (struct sockaddr *)&address, &size))
    return perror("sink"), 2;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  pthread_t acceptor;
  if (pthread_create(&acceptor, NULL, accept_connections, (void *)(intptr_t)listener)) abort();

  int signal;
  sigwait(&ends, &signal);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"collections\": {");
  each_collection(print_counts);
  printf(
    "}, \"bytes\": %ld, \"cpu_seconds\": %.3f}\n", (long)bytes_received,
    seconds(usage.ru_utime) + seconds(usage.ru_stime));
  return 0;
}
