#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

// What the thread sanitizer does not see of Swift's `Mutex`: a lock that is free is taken, and given back, by an atomic
// in the program, which it follows; one that others wait for by functions of libswiftSynchronization, which is not
// instrumented. Preloaded (`scripts/sanitize`), these stand before them, and tell what they do.

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define NAMED(name) __asm__("$s15Synchronization12_MutexHandleV" name)

// Absent in processes that are not ours, such as Python's.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

SWIFT void lock_slow(uint32_t thread, SELF) NAMED("9_lockSlowyys6UInt32VF");
SWIFT bool try_lock_slow(SELF) NAMED("12_tryLockSlowSbyF");
SWIFT void unlock_slow(SELF) NAMED("11_unlockSlowyyF");

SWIFT void lock_slow(uint32_t thread, SELF) {
  SWIFT void (*original)(uint32_t, SELF) = dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
  original(thread, self);
  if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT bool try_lock_slow(SELF) {
  SWIFT bool (*original)(SELF) = dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF");
  bool taken = original(self);
  if (taken && __tsan_acquire) __tsan_acquire(self);
  return taken;
}

SWIFT void unlock_slow(SELF) {
  SWIFT void (*original)(SELF) = dlsym(RTLD_NEXT, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
  if (__tsan_release) __tsan_release(self);
  original(self);
}
