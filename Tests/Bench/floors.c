// The floors below import's cost: the least that some of its steps can take. Usage: floors FILE URI, with FILE of NDJSON.
//
// Prints a line of JSON: processor time in µs a record for
//   read    the file's bytes from the kernel, in pieces of 1 MB
//   copy    the same bytes once more from memory to memory
//   append  documents that are made already, about as large as import's, into libmongoc's bulks and through the socket
// One thread; `append` counts what the client spends in the kernel too.

#include <fcntl.h>
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { piece = 1 << 20, bulk_bytes = 1 << 20, most_documents = 20000 };

static double spent(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6
         + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void fail(const char *what) {
  fprintf(stderr, "floors: %s\n", what);
  exit(2);
}

/// The whole file, and a NUL.
static char *contents(const char *path, size_t *size) {
  int file = open(path, O_RDONLY);
  off_t length = file < 0 ? -1 : lseek(file, 0, SEEK_END);
  if (length < 0) fail("the file cannot be read");
  char *text = malloc((size_t)length + 1);
  for (*size = 0; *size < (size_t)length;) {
    ssize_t got = pread(file, text + *size, (size_t)length - *size, (off_t)*size);
    if (got <= 0) fail("the file cannot be read");
    *size += (size_t)got;
  }
  text[*size] = 0;
  close(file);
  return text;
}

static double reading(const char *path, char *buffer) {
  double start = spent();
  int file = open(path, O_RDONLY);
  while (read(file, buffer, piece) > 0) continue;
  close(file);
  return spent() - start;
}

static double copying(const char *text, size_t size, char *buffer) {
  double start = spent();
  for (size_t at = 0; at < size; at += piece) {
    memcpy(buffer, text + at, size - at < piece ? size - at : piece);
    __asm__ volatile("" ::"r"(buffer) : "memory");  // the copy is made though nobody reads it
  }
  return spent() - start;
}

/// Documents of about the size of import's: the record's plain fields, and the record.
static size_t documents(char *text, bson_t **made) {
  size_t count = 0;
  for (char *line = strtok(text, "\n"); line && count < most_documents; line = strtok(NULL, "\n")) {
    bson_error_t error;
    bson_t *raw = bson_new_from_json((const uint8_t *)line, -1, &error);
    if (!raw) fail(error.message);
    made[count] = bson_new();
    bson_oid_t id;
    bson_oid_init(&id, NULL);
    BSON_APPEND_OID(made[count], "_id", &id);
    bson_iter_t field;
    for (bson_iter_init(&field, raw); bson_iter_next(&field);)
      if (!BSON_ITER_HOLDS_DOCUMENT(&field) && !BSON_ITER_HOLDS_ARRAY(&field)) bson_append_iter(made[count], NULL, -1, &field);
    BSON_APPEND_DOCUMENT(made[count++], "raw_data", raw);
    bson_destroy(raw);
  }
  return count;
}

/// Sends the documents in bulks, as often as makes up so many records.
static double appending(const char *uri, bson_t **made, size_t count, size_t records) {
  mongoc_client_t *client = mongoc_client_new(uri);
  if (!client) fail("the URI is not one");
  mongoc_collection_t *collection = mongoc_client_get_collection(client, "bench", "activities");
  bson_t *unordered = BCON_NEW("ordered", BCON_BOOL(false)), *unchecked = BCON_NEW("validate", BCON_BOOL(false));
  double start = spent();
  for (size_t sent = 0; sent < records;) {
    mongoc_bulk_operation_t *bulk = mongoc_collection_create_bulk_operation_with_opts(collection, unordered);
    for (size_t bytes = 0; bytes < bulk_bytes && sent < records; sent++) {
      bson_t *document = made[sent % count];
      bytes += document->len;
      mongoc_bulk_operation_insert_with_opts(bulk, document, unchecked, NULL);
    }
    bson_error_t error;
    if (!mongoc_bulk_operation_execute(bulk, NULL, &error)) fail(error.message);
    mongoc_bulk_operation_destroy(bulk);
  }
  return spent() - start;
}

int main(int count, char **arguments) {
  if (count != 3) return fprintf(stderr, "usage: floors FILE URI\n"), 64;
  mongoc_init();
  size_t size, records = 0;
  char *text = contents(arguments[1], &size), *buffer = malloc(piece);
  for (size_t i = 0; i < size; i++) records += text[i] == '\n';
  double read = reading(arguments[1], buffer), copied = copying(text, size, buffer);
  bson_t **made = calloc(most_documents, sizeof *made);
  size_t different = documents(text, made);
  double appended = appending(arguments[2], made, different, records);
  printf(
    "{\"read\": %.4f, \"copy\": %.4f, \"append\": %.4f}\n", read / (double)records, copied / (double)records,
    appended / (double)records);
  return 0;
}
