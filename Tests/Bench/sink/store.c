// What --keep keeps: documents in the order they came, and a hash index over `_id` and the key.

#include "sink.h"

#include <stdlib.h>
#include <string.h>

struct Document {
  bson_t *bson;
};

struct Slot {
  uint64_t hash;
  Document *document;
};

static pthread_mutex_t collections_lock = PTHREAD_MUTEX_INITIALIZER;
static Collection *collections[64];

Collection *collection_named(const char *name) {
  pthread_mutex_lock(&collections_lock);
  size_t i = 0;
  while (collections[i] && strcmp(collections[i]->name, name)) i++;
  if (!collections[i]) {
    if (i + 1 == sizeof collections / sizeof *collections) abort();
    collections[i] = calloc(1, sizeof **collections);
    collections[i]->name = strdup(name);
    collections[i]->key = strdup("");
    pthread_mutex_init(&collections[i]->lock, NULL);
  }
  Collection *found = collections[i];
  pthread_mutex_unlock(&collections_lock);
  return found;
}

void each_collection(void (*visit)(const Collection *)) {
  pthread_mutex_lock(&collections_lock);
  for (size_t i = 0; collections[i]; i++) visit(collections[i]);
  pthread_mutex_unlock(&collections_lock);
}

const bson_t *document_bson(const Document *document) { return document->bson; }

void document_replace(Document *document, bson_t *content) {
  bson_destroy(document->bson);
  document->bson = content;
}

void store_set_key(Collection *collection, const char *field) {
  if (collection->documents.count || !strcmp(field, "_id")) return;
  free(collection->key);
  collection->key = strdup(field);
}

// MARK: Values

/// The bytes of a value as they are in its document.
static const uint8_t *value_bytes(const bson_iter_t *value, size_t *size) {
  *size = value->d1 ? value->next_off - value->d1 : 0;
  return value->raw + value->d1;
}

static bool equal(const bson_iter_t *a, const bson_iter_t *b) {
  size_t a_size, b_size;
  const uint8_t *a_bytes = value_bytes(a, &a_size), *b_bytes = value_bytes(b, &b_size);
  return bson_iter_type(a) == bson_iter_type(b) && a_size == b_size && !memcmp(a_bytes, b_bytes, a_size);
}

/// FNV-1a over a field's name and value.
static uint64_t hash_of(const char *field, const bson_iter_t *value) {
  uint64_t hash = 14695981039346656037u;
  for (; *field; field++) hash = (hash ^ (uint8_t)*field) * 1099511628211u;
  size_t size;
  const uint8_t *bytes = value_bytes(value, &size);
  for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 1099511628211u;
  return hash ^ hash >> 29;
}

// MARK: Index

static Document *look_up(const Collection *collection, const char *field, const bson_iter_t *value) {
  if (!collection->index.used) return NULL;
  uint64_t hash = hash_of(field, value);
  size_t mask = collection->index.capacity - 1;
  for (size_t i = hash & mask; collection->index.slots[i].document; i = (i + 1) & mask) {
    bson_iter_t stored;
    struct Slot *slot = &collection->index.slots[i];
    if (slot->hash == hash && bson_iter_init_find(&stored, slot->document->bson, field) && equal(&stored, value))
      return slot->document;
  }
  return NULL;
}

static void place(Collection *collection, uint64_t hash, Document *document) {
  size_t mask = collection->index.capacity - 1;
  size_t i = hash & mask;
  while (collection->index.slots[i].document) i = (i + 1) & mask;
  collection->index.slots[i] = (struct Slot){hash, document};
  collection->index.used++;
}

static void make_space(Collection *collection) {
  if (collection->index.used * 2 + 4 < collection->index.capacity) return;
  size_t capacity = collection->index.capacity;
  struct Slot *old = collection->index.slots;
  collection->index.capacity = capacity ? capacity * 2 : 1024;
  collection->index.used = 0;
  collection->index.slots = calloc(collection->index.capacity, sizeof *old);
  for (size_t i = 0; i < capacity; i++)
    if (old[i].document) place(collection, old[i].hash, old[i].document);
  free(old);
}

bool store_insert(Collection *collection, const bson_t *content) {
  bson_iter_t id, key;
  bool has_id = bson_iter_init_find(&id, content, "_id");
  bool has_key = bson_iter_init_find(&key, content, collection->key);
  if (has_id && look_up(collection, "_id", &id)) return false;
  if (has_key && look_up(collection, collection->key, &key)) return false;
  Document *document = malloc(sizeof *document);
  document->bson = bson_copy(content);
  make_space(collection);
  if (has_id) place(collection, hash_of("_id", &id), document);
  if (has_key) place(collection, hash_of(collection->key, &key), document);
  if (collection->documents.count == collection->documents.capacity) {
    collection->documents.capacity = collection->documents.capacity * 2 + 1024;
    collection->documents.items =
      realloc(collection->documents.items, collection->documents.capacity * sizeof(Document *));
  }
  collection->documents.items[collection->documents.count++] = document;
  return true;
}

static int by_id(const void *a, const void *b) {
  bson_iter_t one, other;
  if (!bson_iter_init_find(&one, (*(Document *const *)a)->bson, "_id")) return -1;
  if (!bson_iter_init_find(&other, (*(Document *const *)b)->bson, "_id")) return 1;
  size_t one_size, other_size;
  const uint8_t *one_bytes = value_bytes(&one, &one_size), *other_bytes = value_bytes(&other, &other_size);
  int order = memcmp(one_bytes, other_bytes, one_size < other_size ? one_size : other_size);
  return order ? order : (one_size > other_size) - (one_size < other_size);
}

static int by_id_descending(const void *a, const void *b) { return by_id(b, a); }

void store_sort(Collection *collection, bool is_descending) {
  qsort(
    collection->documents.items, collection->documents.count, sizeof(Document *),
    is_descending ? by_id_descending : by_id);
}

// MARK: Filters

/// True if the value is on the side of the bound that `$lte` or `$gt` names. Values of two types are on no side.
static bool is_beside(const bson_iter_t *value, const bson_iter_t *bound, bool is_above) {
  if (BSON_ITER_HOLDS_OID(value) && BSON_ITER_HOLDS_OID(bound))
    return (bson_oid_compare(bson_iter_oid(value), bson_iter_oid(bound)) > 0) == is_above;
  if (BSON_ITER_HOLDS_NUMBER(value) && BSON_ITER_HOLDS_NUMBER(bound))
    return (bson_iter_as_double(value) > bson_iter_as_double(bound)) == is_above;
  return false;
}

/// 1 where a document matches, 0 where not, -1 for a condition that is not understood. Understood are equality, null
/// for a missing field too, `$in`, `$lte` and `$gt`, of top-level fields.
static int matches(const bson_t *document, const bson_t *filter) {
  bson_iter_t condition;
  if (!bson_iter_init(&condition, filter)) return -1;
  int result = 1;
  while (bson_iter_next(&condition)) {
    const char *field = bson_iter_key(&condition);
    if (field[0] == '$' || strchr(field, '.')) return -1;
    bson_iter_t value, inner, element;
    bool present = bson_iter_init_find(&value, document, field);
    if (BSON_ITER_HOLDS_DOCUMENT(&condition)) {
      if (!bson_iter_recurse(&condition, &inner) || !bson_iter_next(&inner)) return -1;
      const char *name = bson_iter_key(&inner);
      bool is_above = !strcmp(name, "$gt");
      bool among = false;
      if (is_above || !strcmp(name, "$lte")) {
        among = present && is_beside(&value, &inner, is_above);
      } else {
        if (strcmp(name, "$in") || !bson_iter_recurse(&inner, &element)) return -1;
        while (present && !among && bson_iter_next(&element)) among = equal(&element, &value);
      }
      if (bson_iter_next(&inner)) return -1;
      result &= among;
    } else if (BSON_ITER_HOLDS_NULL(&condition)) {
      result &= !present || BSON_ITER_HOLDS_NULL(&value);
    } else {
      result &= present && equal(&condition, &value);
    }
  }
  return result;
}

/// Where the filter asks for `_id` or the key by value: those values, as an iterator over one value or the `$in`.
static bool asks_by_index(const Collection *collection, const bson_t *filter, bson_iter_t *values, bool *one) {
  bson_iter_t inner;
  if (!bson_iter_init_find(values, filter, "_id")
      && !(*collection->key && bson_iter_init_find(values, filter, collection->key)))
    return false;
  *one = !BSON_ITER_HOLDS_DOCUMENT(values);
  if (*one) return true;
  if (!bson_iter_recurse(values, &inner) || !bson_iter_find(&inner, "$in")) return false;
  return bson_iter_recurse(&inner, values);
}

int64_t store_find(
  Collection *collection, const bson_t *filter, int64_t position, bool (*visit)(Document *, void *), void *context
) {
  bson_t nothing = BSON_INITIALIZER;
  if (matches(&nothing, filter) < 0) return -2;
  bson_iter_t values;
  bool one;
  if (asks_by_index(collection, filter, &values, &one)) {
    const char *field = bson_has_field(filter, "_id") ? "_id" : collection->key;
    // Comparing each document with all values of `$in` would cost the square of their number.
    bool is_whole = bson_count_keys(filter) == 1;
    while (one || bson_iter_next(&values)) {
      Document *found = look_up(collection, field, &values);
      if (found && (is_whole || matches(found->bson, filter)) && !visit(found, context)) break;
      if (one) break;
    }
    return -1;
  }
  for (size_t i = (size_t)position; i < collection->documents.count; i++) {
    Document *document = collection->documents.items[i];
    if (matches(document->bson, filter) && !visit(document, context)) return (int64_t)i + 1;
  }
  return -1;
}
