// A sink: a program that drivers take for a standalone mongod, and that costs a client next to nothing.
//
// It is there to measure what a client costs by itself. Documents are counted and forgotten; with --keep they stay in
// memory, so that look-ups find them, a repeated insert is a duplicate, and an export has a source.
// What it does not understand it refuses: no figure comes from a command that was only half obeyed.
#pragma once

#include <bson/bson.h>
#include <pthread.h>

typedef struct Collection Collection;
typedef struct Document Document;

/// What was done to a collection.
typedef struct {
  int64_t inserted, upserted, matched, modified, duplicates, found;
} Counts;

struct Collection {
  char *name;
  /// The field that a unique index was asked for, beside `_id`: look-ups and duplicates go by it. Empty where there is
  /// none.
  char *key;
  Counts counts;
  /// Guards the counts, and what --keep keeps.
  pthread_mutex_t lock;
  struct { Document **items; size_t count, capacity; } documents;
  struct { struct Slot *slots; size_t capacity, used; } index;
};

/// The collection of this name; made when it is new. All databases are treated as one.
Collection *collection_named(const char *name);
/// Calls `visit` for each collection there is.
void each_collection(void (*visit)(const Collection *));

// store.c: what --keep keeps. The caller holds the collection's lock.

/// Declares the field of a unique index, before the first document.
void store_set_key(Collection *, const char *field);
/// False, and nothing stored, where `_id` or the key's value is there already.
bool store_insert(Collection *, const bson_t *document);
/// Calls `visit` with each document that a filter matches, from a position on, until it returns false.
/// Returns the position to go on from, -1 at the end, -2 for a filter that is not understood.
int64_t store_find(Collection *, const bson_t *filter, int64_t position, bool (*visit)(Document *, void *), void *context);
/// Brings the documents into the order of their `_id`s' bytes, which is that of object ids.
void store_sort(Collection *, bool is_descending);
const bson_t *document_bson(const Document *);
/// Puts another content in the place of a document's; `_id` and key stay.
void document_replace(Document *, bson_t *content);

// update.c: update documents and projections, as far as importers use them.

/// `old` (NULL for an upsert) after an update; NULL where the update is not understood.
bson_t *updated(const bson_t *old, const bson_t *filter, const bson_t *update);
/// The fields to give, as paths with dots.
typedef struct {
  const char *names[32];
  size_t count;
} Projection;
/// The paths are those of the document. False for one that takes fields away, or has too many.
bool read_projection(const bson_t *document, Projection *);
/// Appends the fields that a projection names, and `_id`.
void append_projected(bson_t *to, const bson_t *document, const Projection *);

// commands.c

/// A command and, where its documents came in a section of their own, that section.
typedef struct {
  bson_t body;
  const uint8_t *documents, *documents_end;
} Request;

/// Appends the reply to a command.
void answer(const Request *, bson_t *reply);
extern bool keeps;
