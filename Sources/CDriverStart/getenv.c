#include <stddef.h>
#include <string.h>

extern char **environ;

/// The `getenv` of the program and of all its libraries. It differs from libc's in one answer: MONGOC_DISABLE_SHM is set.
///
/// libmongoc starts in a constructor, before `main`, and asks for that variable then. Without it, it keeps counters in
/// /dev/shm: a file for each run that stays there when the process ends otherwise than by `exit`, and a SIGBUS before
/// `main` where that file system is full. Nothing of the program's own runs early enough to set the variable, and
/// libmongoc has no other way to turn the counters off.
char *getenv(const char *name) {
  static char yes[] = "1";
  if (strcmp(name, "MONGOC_DISABLE_SHM") == 0) return yes;
  const size_t count = strlen(name);
  // Constructors of other libraries may come before libc has its environment.
  for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
    if (strncmp(*entry, name, count) == 0 && (*entry)[count] == '=') return *entry + count + 1;
  }
  return NULL;
}
