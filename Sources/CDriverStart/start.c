#define _GNU_SOURCE
#include "CDriverStart.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/// The `mongoc_init` and `mongoc_cleanup` that libmongoc itself finds under these names.
///
/// libmongoc calls them in a constructor and a destructor, so that every process that links it starts it before `main`:
/// SASL and its plugins, TLS, a look at the system, and counters in /dev/shm, where a full file system ends the process
/// with SIGBUS. Most commands never connect. These definitions come first in the order in which the dynamic linker looks
/// names up, and do nothing until `driver_start` is called.
static bool is_started = false;

static void call_own(const char *name) {
  void (*own)(void) = (void (*)(void))dlsym(RTLD_NEXT, name);
  if (own == NULL) {
    fprintf(stderr, "strava-store: libmongoc has no %s\n", name);
    abort();
  }
  own();
}

void mongoc_init(void) {
  if (is_started) call_own("mongoc_init");
}

void mongoc_cleanup(void) {
  if (is_started) call_own("mongoc_cleanup");
}

void driver_start(void) {
  is_started = true;
  // Turns libmongoc's counters off. Not in a constructor: Swift's runtime finds the arguments of the process beside its
  // environment, which the first change moves. The old one stays where it is, so that other threads can read meanwhile.
  setenv("MONGOC_DISABLE_SHM", "1", 1);
  call_own("mongoc_init");
}
