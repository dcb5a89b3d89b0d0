#define _POSIX_C_SOURCE 200809L
#include "bookkeeping.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 64, FUNCTIONS = 256, FAULTS = 64 };

typedef struct {
  char function[NAME_BYTES];
  int64_t calls;
} Count;

typedef struct {
  char function[NAME_BYTES]; /* empty: free */
  int after;
  bool info; /* number is a devInfo, not a status */
  int number;
} Fault;

typedef struct Object {
  struct Object *next;
  BookKind kind;
  void *memory;
} Object;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Count counts[FUNCTIONS];
static int count_count;
static Fault faults[FAULTS];
static Object *objects;
static bool strict;

static __thread bool info_injected;
static __thread int injected_info;

static void give_up(const char *why, const char *what) {
  fprintf(stderr, "stand-in: %s%s\n", why, what);
  abort();
}

void *book_memory(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 64, bytes > 0 ? bytes : 1) != 0) give_up("no memory", "");
  return memory;
}

/* The name without "_v2". */
static void copy_name(char *to, const char *function) {
  size_t length = strlen(function);
  if (length >= NAME_BYTES) give_up("no function has so long a name: ", function);
  memcpy(to, function, length + 1);
  if (length > 3 && strcmp(to + length - 3, "_v2") == 0) to[length - 3] = 0;
}

static Count *count_of(const char *name) {
  for (int i = 0; i < count_count; i++) {
    if (strcmp(counts[i].function, name) == 0) return &counts[i];
  }
  return NULL;
}

static void count_call(const char *name) {
  Count *count = count_of(name);
  if (count == NULL) {
    if (count_count == FUNCTIONS) give_up("too many functions: ", name);
    count = &counts[count_count++];
    strcpy(count->function, name);
    count->calls = 0;
  }
  count->calls++;
}

/* Moves each fault of the function a call nearer. One that is due is used up. */
static bool meet_faults(const char *name, int *status) {
  bool failed = false;
  for (Fault *fault = faults; fault < faults + FAULTS; fault++) {
    if (strcmp(fault->function, name) != 0 || fault->after-- > 0) continue;
    fault->function[0] = 0;
    if (fault->info) {
      info_injected = true;
      injected_info = fault->number;
    } else {
      failed = true;
      *status = fault->number;
    }
  }
  return failed;
}

bool book_enter(const char *function, int *status) {
  char name[NAME_BYTES];
  copy_name(name, function);
  info_injected = false;
  pthread_mutex_lock(&lock);
  count_call(name);
  bool failed = meet_faults(name, status);
  pthread_mutex_unlock(&lock);
  return failed;
}

int book_info(int computed) { return info_injected ? injected_info : computed; }

bool book_strict(void) {
  pthread_mutex_lock(&lock);
  bool is_strict = strict;
  pthread_mutex_unlock(&lock);
  return is_strict;
}

static void add_fault(const char *function, int after, bool info, int number) {
  char name[NAME_BYTES] = "";
  if (function != NULL) copy_name(name, function);
  pthread_mutex_lock(&lock);
  if (function == NULL) {
    memset(faults, 0, sizeof faults);
  } else {
    Fault *fault = faults;
    while (fault < faults + FAULTS && fault->function[0] != 0) fault++;
    if (fault == faults + FAULTS) give_up("too many failures wait to be injected: ", name);
    strcpy(fault->function, name);
    fault->after = after;
    fault->info = info;
    fault->number = number;
  }
  pthread_mutex_unlock(&lock);
}

void standin_fail(const char *function, int after, int status) { add_fault(function, after, false, status); }

void standin_fail_info(const char *function, int after, int info) { add_fault(function, after, true, info); }

int64_t standin_calls(const char *function) {
  char name[NAME_BYTES];
  copy_name(name, function);
  pthread_mutex_lock(&lock);
  const Count *count = count_of(name);
  int64_t calls = count != NULL ? count->calls : 0;
  pthread_mutex_unlock(&lock);
  return calls;
}

void standin_reset(void) {
  pthread_mutex_lock(&lock);
  memset(faults, 0, sizeof faults);
  count_count = 0;
  strict = false;
  pthread_mutex_unlock(&lock);
}

void standin_strict(int on) {
  pthread_mutex_lock(&lock);
  strict = on != 0;
  pthread_mutex_unlock(&lock);
}

void *book_create(BookKind kind, size_t bytes) {
  Object *object = book_memory(sizeof *object);
  object->kind = kind;
  object->memory = book_memory(bytes);
  memset(object->memory, 0, bytes);
  pthread_mutex_lock(&lock);
  object->next = objects;
  objects = object;
  pthread_mutex_unlock(&lock);
  return object->memory;
}

/* A list of live objects, since looking for a mark behind a stale pointer would read freed memory. */
bool book_is(BookKind kind, const void *memory) {
  pthread_mutex_lock(&lock);
  const Object *object = objects;
  while (object != NULL && object->memory != memory) object = object->next;
  bool is = object != NULL && object->kind == kind;
  pthread_mutex_unlock(&lock);
  return is;
}

void book_destroy(void *memory) {
  pthread_mutex_lock(&lock);
  Object **link = &objects;
  while (*link != NULL && (*link)->memory != memory) link = &(*link)->next;
  Object *object = *link;
  if (object != NULL) *link = object->next;
  pthread_mutex_unlock(&lock);
  if (object == NULL) return;
  free(object->memory);
  free(object);
}

static int64_t count_live(bool handles) {
  int64_t live = 0;
  pthread_mutex_lock(&lock);
  for (const Object *object = objects; object != NULL; object = object->next) live += (object->kind == BOOK_HANDLE) == handles;
  pthread_mutex_unlock(&lock);
  return live;
}

int64_t standin_live_handles(void) { return count_live(true); }

int64_t standin_live_descriptors(void) { return count_live(false); }
