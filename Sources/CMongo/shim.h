#pragma once
#include <malloc.h>
#include <mongoc/mongoc.h>

/* A bson_t needs an alignment of 128 bytes, which Swift does not ensure. Every bson_t is therefore on the C stack in
   these functions, or behind a pointer of libmongoc. Swift passes and receives plain bytes. */

/* The result of one request. `bytes` is the server's reply or NULL; free it with bson_free. */
typedef struct {
  bool ok;
  uint8_t *bytes;
  uint32_t count;
  bson_error_t error;
} mongo_reply;

/* Keeps freed memory in the process. Batches and libmongoc's bulks are allocated and freed a mebibyte at a time. By
   default, glibc would return each of them to the system, which would have to create the next one's pages again. */
static inline void mongo_keep_memory(void) {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

/* Initializes `document` with bytes that it does not own. Returns false, and sets the error, if the bytes are not a
   BSON document. */
static inline bool mongo_document(bson_t *document, const void *bytes, size_t count, bson_error_t *error) {
  if (bson_init_static(document, (const uint8_t *)bytes, count)) return true;
  bson_set_error(error, MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, "the bytes are not a BSON document");
  return false;
}

/* Runs a command. A command that writes gets the client's write concern. */
static inline mongo_reply mongo_command(
    mongoc_client_t *client, const char *database, bool writes, const void *command, size_t count) {
  mongo_reply result = {0};
  bson_t document, reply;
  if (!mongo_document(&document, command, count, &result.error)) return result;
  result.ok = writes
    ? mongoc_client_write_command_with_opts(client, database, &document, NULL, &reply, &result.error)
    : mongoc_client_command_simple(client, database, &document, NULL, &reply, &result.error);
  result.bytes = bson_destroy_with_steal(&reply, true, &result.count);
  return result;
}

/* Creates an unordered bulk. */
static inline mongoc_bulk_operation_t *mongo_bulk_new(mongoc_collection_t *collection) {
  bson_t options;
  bson_init(&options);
  BSON_APPEND_BOOL(&options, "ordered", false);
  mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(collection, &options);
  bson_destroy(&options);
  return bulk;
}

/* Adds an insert. libmongoc's own validation is turned off: it takes longer than parsing the record, and it rejects
   empty keys. */
static inline bool mongo_bulk_insert(
    mongoc_bulk_operation_t *bulk, const void *bytes, size_t count, bson_error_t *error) {
  static const char unvalidated[16] = "\x10\0\0\0\x08validate\0\0";  /* {"validate": false} */
  bson_t document, options;
  if (!mongo_document(&document, bytes, count, error)) return false;
  bson_init_static(&options, (const uint8_t *)unvalidated, sizeof unvalidated);
  return mongoc_bulk_operation_insert_with_opts(bulk, &document, &options, error);
}

/* Adds an update of one document. `exactly` selects the simple collation, which compares strings byte by byte. */
static inline bool mongo_bulk_update(
    mongoc_bulk_operation_t *bulk, const void *filter, size_t filter_count, const void *update, size_t update_count,
    bool upsert, bool exactly, bson_error_t *error) {
  bson_t filter_document, update_document, options, collation;
  if (!mongo_document(&filter_document, filter, filter_count, error)) return false;
  if (!mongo_document(&update_document, update, update_count, error)) return false;
  bson_init(&options);
  BSON_APPEND_BOOL(&options, "validate", false);
  BSON_APPEND_BOOL(&options, "upsert", upsert);
  if (exactly) {
    BSON_APPEND_DOCUMENT_BEGIN(&options, "collation", &collation);
    BSON_APPEND_UTF8(&collation, "locale", "simple");
    bson_append_document_end(&options, &collation);
  }
  bool ok =
    mongoc_bulk_operation_update_one_with_opts(bulk, &filter_document, &update_document, &options, error);
  bson_destroy(&options);
  return ok;
}

/* Sends a bulk. */
static inline mongo_reply mongo_bulk_execute(mongoc_bulk_operation_t *bulk) {
  mongo_reply result = {0};
  bson_t reply;
  result.ok = mongoc_bulk_operation_execute(bulk, &reply, &result.error) != 0;
  result.bytes = bson_destroy_with_steal(&reply, true, &result.count);
  return result;
}

/* Returns the cursor of a query, or NULL if the bytes are not BSON documents. */
static inline mongoc_cursor_t *mongo_find(
    mongoc_collection_t *collection, const void *filter, size_t filter_count, const void *options,
    size_t options_count, bson_error_t *error) {
  bson_t filter_document, options_document;
  if (!mongo_document(&filter_document, filter, filter_count, error)) return NULL;
  if (!mongo_document(&options_document, options, options_count, error)) return NULL;
  return mongoc_collection_find_with_opts(collection, &filter_document, &options_document, NULL);
}

/* Returns the cursor of an aggregation, or NULL if the bytes are not a BSON document. `pipeline` is
   {"pipeline": [stages]}. */
static inline mongoc_cursor_t *mongo_aggregate(
    mongoc_collection_t *collection, const void *pipeline, size_t count, bson_error_t *error) {
  bson_t document;
  if (!mongo_document(&document, pipeline, count, error)) return NULL;
  return mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE, &document, NULL, NULL);
}

/* Returns the number of documents that match the filter, or -1 after a failure. */
static inline int64_t mongo_count(
    mongoc_collection_t *collection, const void *filter, size_t count, bson_error_t *error) {
  bson_t document;
  if (!mongo_document(&document, filter, count, error)) return -1;
  return mongoc_collection_count_documents(collection, &document, NULL, NULL, NULL, error);
}

/* Moves the cursor to its next document and returns true, or false at the end and after a failure. The cursor owns the
   bytes, which are valid until the next call. */
static inline bool mongo_cursor_next(mongoc_cursor_t *cursor, const uint8_t **bytes, uint32_t *count) {
  const bson_t *document;
  if (!mongoc_cursor_next(cursor, &document)) return false;
  *bytes = bson_get_data(document);
  *count = document->len;
  return true;
}

/* Returns the state of a cursor. `ok` is true unless the cursor has failed. */
static inline mongo_reply mongo_cursor_state(mongoc_cursor_t *cursor) {
  mongo_reply result = {0};
  const bson_t *reply = NULL;
  result.ok = !mongoc_cursor_error_document(cursor, &result.error, &reply);
  if (!result.ok && reply) {
    bson_t *copy = bson_copy(reply);
    result.bytes = bson_destroy_with_steal(copy, true, &result.count);
  }
  return result;
}

/* Returns the canonical Extended JSON of a document, or NULL if the bytes are not a BSON document. Free the result with
   bson_free. */
static inline char *mongo_canonical_json(const void *bytes, size_t count, size_t *length) {
  bson_t document;
  if (!bson_init_static(&document, (const uint8_t *)bytes, count)) return NULL;
  return bson_as_canonical_extended_json(&document, length);
}

/* Returns the document of an Extended JSON text. */
static inline mongo_reply mongo_read_json(const char *text) {
  mongo_reply result = {0};
  bson_t *document = bson_new_from_json((const uint8_t *)text, -1, &result.error);
  result.ok = document != NULL;
  if (document) result.bytes = bson_destroy_with_steal(document, true, &result.count);
  return result;
}
