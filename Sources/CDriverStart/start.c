#define _GNU_SOURCE
#include "CDriverStart.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/// This file defines `mongoc_init` and `mongoc_cleanup`, which libmongoc itself calls by these names.
///
/// libmongoc calls them in a constructor and a destructor, so every process that is linked with libmongoc starts it
/// before `main`: SASL and its plugins, TLS, an inspection of the system, and counters in /dev/shm, where a full file
/// system ends the process with SIGBUS. Most commands never connect. The dynamic linker finds these definitions before
/// those of libmongoc, and they do nothing until `driver_start` is called.
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
  // Turns off libmongoc's counters. A constructor must not do this: Swift's runtime finds the arguments of the process
  // next to its environment, and the first change moves the environment. The old environment stays in memory, so that
  // other threads can still read it.
  setenv("MONGOC_DISABLE_SHM", "1", 1);
  call_own("mongoc_init");
}
