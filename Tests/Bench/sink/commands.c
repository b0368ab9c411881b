// The commands that drivers and importers send, and their replies.

#include "sink.h"

#include <stdio.h>
#include <string.h>

bool keeps = false;
/// Bytes of documents in one batch of a cursor.
static const uint32_t batch_bytes = 15 << 20;

static void refuse(bson_t *reply, int32_t code, const char *name, const char *why) {
  bson_reinit(reply);
  BSON_APPEND_DOUBLE(reply, "ok", 0);
  BSON_APPEND_UTF8(reply, "errmsg", why);
  BSON_APPEND_INT32(reply, "code", code);
  BSON_APPEND_UTF8(reply, "codeName", name);
}

static void not_understood(bson_t *reply, const char *what) { refuse(reply, 9, "FailedToParse", what); }

// MARK: Arguments

static bool flag(const bson_t *document, const char *name, bool standard) {
  bson_iter_t value;
  return bson_iter_init_find(&value, document, name) ? bson_iter_as_bool(&value) : standard;
}

static int64_t number(const bson_t *document, const char *name, int64_t standard) {
  bson_iter_t value;
  return bson_iter_init_find(&value, document, name) ? bson_iter_as_int64(&value) : standard;
}

/// Sets `found` to the inner document of this name, in place, or to an empty document if it is missing.
static void inner(const bson_t *document, const char *name, bson_t *found) {
  static const uint8_t empty[5] = {5};
  uint32_t size = sizeof empty;
  const uint8_t *bytes = empty;
  bson_iter_t value;
  if (bson_iter_init_find(&value, document, name) && BSON_ITER_HOLDS_DOCUMENT(&value))
    bson_iter_document(&value, &size, &bytes);
  bson_init_static(found, bytes, size);
}

/// The documents of a write command: in a section of their own, or an array in its body.
typedef struct {
  const uint8_t *at, *end;
  bson_iter_t array;
} Documents;

static Documents documents_of(const Request *request, const char *name) {
  Documents documents = {.at = request->documents, .end = request->documents_end};
  bson_iter_t value;
  if (!documents.at && bson_iter_init_find(&value, &request->body, name)) bson_iter_recurse(&value, &documents.array);
  return documents;
}

static bool next_document(Documents *documents, bson_t *document) {
  if (documents->at) {
    if (documents->end - documents->at < 5) return false;
    int32_t size;
    memcpy(&size, documents->at, 4);
    if (size > documents->end - documents->at || !bson_init_static(document, documents->at, (size_t)size)) return false;
    documents->at += size;
    return true;
  }
  if (!documents->array.raw || !bson_iter_next(&documents->array)) return false;
  uint32_t size;
  const uint8_t *bytes;
  bson_iter_document(&documents->array, &size, &bytes);
  return bson_init_static(document, bytes, size);
}

// MARK: Writing

static void append_at(bson_t *array, uint32_t position, const bson_t *document) {
  char buffer[16];
  const char *key;
  size_t size = bson_uint32_to_string(position, &key, buffer, sizeof buffer);
  bson_append_document(array, key, (int)size, document);
}

static void append_duplicate(bson_t *errors, uint32_t *count, int32_t index, const Collection *collection) {
  bson_t *error = BCON_NEW(
    "index", BCON_INT32(index), "code", BCON_INT32(11000), "keyPattern", "{",
    *collection->key ? collection->key : "_id", BCON_INT32(1), "}", "errmsg", "E11000 duplicate key error");
  append_at(errors, (*count)++, error);
  bson_destroy(error);
}

static void insert(const Request *request, Collection *collection, bson_t *reply) {
  Documents documents = documents_of(request, "documents");
  bool ordered = flag(&request->body, "ordered", true);
  bson_t document, errors = BSON_INITIALIZER;
  uint32_t failed = 0;
  int32_t index = 0;
  while (next_document(&documents, &document) && !(ordered && failed)) {
    if (keeps && !store_insert(collection, &document)) append_duplicate(&errors, &failed, index, collection);
    index++;
  }
  collection->counts.inserted += index - (int64_t)failed;
  collection->counts.duplicates += failed;
  BSON_APPEND_INT32(reply, "n", index - (int32_t)failed);
  if (failed) BSON_APPEND_ARRAY(reply, "writeErrors", &errors);
  BSON_APPEND_DOUBLE(reply, "ok", 1);
  bson_destroy(&errors);
}

static bool take(Document *document, void *context) {
  *(Document **)context = document;
  return false;
}

/// Appends {index, _id} of a document that an upsert made: its `_id` as the filter or the update gives it.
static void append_upserted(bson_t *upserts, uint32_t *count, int32_t index, const bson_t *filter, const bson_t *update) {
  bson_t entry = BSON_INITIALIZER, on_insert;
  bson_iter_t id;
  inner(update, "$setOnInsert", &on_insert);
  BSON_APPEND_INT32(&entry, "index", index);
  if (bson_iter_init_find(&id, filter, "_id") || bson_iter_init_find(&id, &on_insert, "_id")) {
    bson_append_iter(&entry, "_id", -1, &id);
  } else {
    bson_oid_t made;
    bson_oid_init(&made, NULL);
    BSON_APPEND_OID(&entry, "_id", &made);
  }
  append_at(upserts, (*count)++, &entry);
  bson_destroy(&entry);
}

static void update(const Request *request, Collection *collection, bson_t *reply) {
  Documents documents = documents_of(request, "updates");
  bson_t one, upserts = BSON_INITIALIZER, errors = BSON_INITIALIZER;
  uint32_t upserted = 0, failed = 0;
  int32_t index = 0, matched = 0, modified = 0;
  for (; next_document(&documents, &one); index++) {
    bson_t filter, change;
    inner(&one, "q", &filter);
    inner(&one, "u", &change);
    bool upsert = flag(&one, "upsert", false);
    Document *found = NULL;
    if (keeps) {
      if (store_find(collection, &filter, 0, take, &found) == -2) return not_understood(reply, "filter of an update");
      if (found || upsert) {
        bson_t *content = updated(found ? document_bson(found) : NULL, &filter, &change);
        if (!content) return not_understood(reply, "update");
        if (found) {
          modified += !bson_equal(content, document_bson(found));
          document_replace(found, content);
        } else {
          bool stored = store_insert(collection, content);
          bson_destroy(content);
          if (!stored) {
            append_duplicate(&errors, &failed, index, collection);
            continue;
          }
        }
      }
    }
    if (found || (!keeps && !upsert)) matched++;
    else if (upsert) append_upserted(&upserts, &upserted, index, &filter, &change);
  }
  collection->counts.matched += matched;
  collection->counts.modified += modified;
  collection->counts.upserted += upserted;
  collection->counts.duplicates += failed;
  BSON_APPEND_INT32(reply, "n", matched + (int32_t)upserted);
  BSON_APPEND_INT32(reply, "nModified", modified);
  if (upserted) BSON_APPEND_ARRAY(reply, "upserted", &upserts);
  if (failed) BSON_APPEND_ARRAY(reply, "writeErrors", &errors);
  BSON_APPEND_DOUBLE(reply, "ok", 1);
  bson_destroy(&upserts);
  bson_destroy(&errors);
}

// MARK: Reading

typedef struct {
  bson_t *batch;
  const Projection *projection;
  uint32_t count, most;
} Batch;

static bool add_to_batch(Document *document, void *context) {
  Batch *batch = context;
  if (!batch->projection->count) {
    append_at(batch->batch, batch->count, document_bson(document));
  } else {
    bson_t projected = BSON_INITIALIZER;
    append_projected(&projected, document_bson(document), batch->projection);
    append_at(batch->batch, batch->count, &projected);
    bson_destroy(&projected);
  }
  return ++batch->count < batch->most && batch->batch->len < batch_bytes;
}

/// A batch of a cursor. Its id is the position to go on from, so that a cursor needs no memory; a filter or a projection
/// has to be done in one batch.
static void read_batch(
  const Request *request, Collection *collection, bson_t *reply, const char *name, int64_t position, const char *database
) {
  bson_t filter, fields, sort, cursor, batch;
  Projection projection;
  inner(&request->body, "filter", &filter);
  inner(&request->body, "sort", &sort);
  inner(&request->body, "projection", &fields);
  if (!read_projection(&fields, &projection)) return not_understood(reply, "projection");
  if (!bson_empty(&sort)) {
    int64_t direction = number(&sort, "_id", 0);
    if ((direction != 1 && direction != -1) || bson_count_keys(&sort) != 1) return not_understood(reply, "sort");
    store_sort(collection, direction < 0);
  }
  if (number(&request->body, "skip", 0)) return not_understood(reply, "skip");
  bool is_scan = bson_empty(&filter) && !projection.count;
  int64_t limit = number(&request->body, "limit", 0);
  int64_t most = is_scan ? number(&request->body, "batchSize", position ? 0 : 101) : limit;
  if (limit < 0) limit = most = -limit;
  BSON_APPEND_DOCUMENT_BEGIN(reply, "cursor", &cursor);
  BSON_APPEND_ARRAY_BEGIN(&cursor, name, &batch);
  Batch found = {&batch, &projection, 0, most ? (uint32_t)most : UINT32_MAX};
  int64_t next = store_find(collection, &filter, position, add_to_batch, &found);
  bson_append_array_end(&cursor, &batch);
  collection->counts.found += found.count;
  bool is_cut = next >= 0 && !limit;
  char namespace[256];
  snprintf(namespace, sizeof namespace, "%s.%s", database, collection->name);
  BSON_APPEND_INT64(&cursor, "id", is_cut ? next : 0);
  BSON_APPEND_UTF8(&cursor, "ns", namespace);
  bson_append_document_end(reply, &cursor);
  BSON_APPEND_DOUBLE(reply, "ok", 1);
  if (next == -2) not_understood(reply, "filter");
  if (is_cut && !is_scan) not_understood(reply, "filter that finds more than one batch");
}

static void count(const Request *request, const Collection *collection, bson_t *reply) {
  bson_t query;
  inner(&request->body, "query", &query);
  if (!bson_empty(&query)) return not_understood(reply, "query of a count");
  BSON_APPEND_INT32(reply, "n", (int32_t)collection->documents.count);
  BSON_APPEND_DOUBLE(reply, "ok", 1);
}

// MARK: The rest

static void hello(bson_t *reply) {
  BSON_APPEND_BOOL(reply, "helloOk", true);
  BSON_APPEND_BOOL(reply, "ismaster", true);
  BSON_APPEND_BOOL(reply, "isWritablePrimary", true);
  BSON_APPEND_INT32(reply, "maxBsonObjectSize", 16 << 20);
  BSON_APPEND_INT32(reply, "maxMessageSizeBytes", 48000000);
  BSON_APPEND_INT32(reply, "maxWriteBatchSize", 100000);
  BSON_APPEND_INT32(reply, "logicalSessionTimeoutMinutes", 30);
  BSON_APPEND_INT32(reply, "minWireVersion", 0);
  BSON_APPEND_INT32(reply, "maxWireVersion", 21);
  BSON_APPEND_DOUBLE(reply, "ok", 1);
}

/// mongoimport asks for `versionArray`, and takes the version for what the server can do.
static void build_info(bson_t *reply) {
  bson_t numbers;
  BSON_APPEND_UTF8(reply, "version", "7.0.0");
  BSON_APPEND_ARRAY_BEGIN(reply, "versionArray", &numbers);
  BSON_APPEND_INT32(&numbers, "0", 7);
  for (const char *const *key = (const char *const[]){"1", "2", "3", NULL}; *key; key++) BSON_APPEND_INT32(&numbers, *key, 0);
  bson_append_array_end(reply, &numbers);
  BSON_APPEND_INT32(reply, "maxBsonObjectSize", 16 << 20);
  BSON_APPEND_DOUBLE(reply, "ok", 1);
}

/// Takes the first field of a unique index as the collection's key.
static void create_indexes(const Request *request, Collection *collection, bson_t *reply) {
  Documents indexes = documents_of(request, "indexes");
  bson_t index;
  while (next_document(&indexes, &index)) {
    bson_t key;
    bson_iter_t field;
    inner(&index, "key", &key);
    if (flag(&index, "unique", false) && bson_iter_init(&field, &key) && bson_iter_next(&field))
      store_set_key(collection, bson_iter_key(&field));
  }
  BSON_APPEND_DOUBLE(reply, "ok", 1);
}

// The reply of list_collections that is being written, and the only name that is asked for; NULL for all.
static _Thread_local struct { bson_t *batch; const char *name; int count; } listing;

static void append_collection(const Collection *collection) {
  if (listing.name && strcmp(listing.name, collection->name)) return;
  bson_t entry, options;
  char index[16];
  snprintf(index, sizeof index, "%d", listing.count++);
  BSON_APPEND_DOCUMENT_BEGIN(listing.batch, index, &entry);
  BSON_APPEND_UTF8(&entry, "name", collection->name);
  BSON_APPEND_UTF8(&entry, "type", "collection");
  BSON_APPEND_DOCUMENT_BEGIN(&entry, "options", &options);
  bson_append_document_end(&entry, &options);
  bson_append_document_end(listing.batch, &entry);
}

/// Lists the collections: all of them, or the one that the filter names.
static void list_collections(const Request *request, bson_t *reply, const char *database) {
  bson_t cursor, batch, filter;
  bson_iter_t name;
  char namespace[256];
  snprintf(namespace, sizeof namespace, "%s.$cmd.listCollections", database);
  BSON_APPEND_DOCUMENT_BEGIN(reply, "cursor", &cursor);
  BSON_APPEND_INT64(&cursor, "id", 0);
  BSON_APPEND_UTF8(&cursor, "ns", namespace);
  BSON_APPEND_ARRAY_BEGIN(&cursor, "firstBatch", &batch);
  inner(&request->body, "filter", &filter);
  listing.batch = &batch;
  listing.count = 0;
  listing.name = bson_iter_init_find(&name, &filter, "name") ? bson_iter_utf8(&name, NULL) : NULL;
  each_collection(append_collection);
  bson_append_array_end(&cursor, &batch);
  bson_append_document_end(reply, &cursor);
  BSON_APPEND_DOUBLE(reply, "ok", 1);
}

void answer(const Request *request, bson_t *reply) {
  bson_iter_t first, database, name;
  if (!bson_iter_init(&first, &request->body) || !bson_iter_next(&first)) return not_understood(reply, "no command");
  const char *command = bson_iter_key(&first);
  const char *where = bson_iter_init_find(&database, &request->body, "$db") ? bson_iter_utf8(&database, NULL) : "";
  int64_t position = !strcmp(command, "getMore") ? bson_iter_as_int64(&first) : 0;
  if (position) first = bson_iter_init_find(&name, &request->body, "collection") ? name : first;
  if (BSON_ITER_HOLDS_UTF8(&first)) {
    Collection *collection = collection_named(bson_iter_utf8(&first, NULL));
    pthread_mutex_lock(&collection->lock);
    if (!strcmp(command, "insert")) insert(request, collection, reply);
    else if (!strcmp(command, "update")) update(request, collection, reply);
    else if (!strcmp(command, "find")) read_batch(request, collection, reply, "firstBatch", 0, where);
    else if (!strcmp(command, "getMore")) read_batch(request, collection, reply, "nextBatch", position, where);
    else if (!strcmp(command, "count")) count(request, collection, reply);
    else if (!strcmp(command, "createIndexes")) create_indexes(request, collection, reply);
    else if (!strcmp(command, "killCursors")) BSON_APPEND_DOUBLE(reply, "ok", 1);
    else if (!strcmp(command, "listIndexes")) refuse(reply, 26, "NamespaceNotFound", "indexes are not kept");
    else refuse(reply, 59, "CommandNotFound", command);
    pthread_mutex_unlock(&collection->lock);
  } else if (!strcasecmp(command, "hello") || !strcasecmp(command, "ismaster")) {
    hello(reply);
  } else if (!strcasecmp(command, "buildinfo")) {
    build_info(reply);
  } else if (!strcmp(command, "listCollections")) {
    list_collections(request, reply, where);
  } else if (!strcmp(command, "ping") || !strcmp(command, "endSessions")) {
    BSON_APPEND_DOUBLE(reply, "ok", 1);
  } else {
    refuse(reply, 59, "CommandNotFound", command);
  }
}
