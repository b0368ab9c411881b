// Update documents and projections, as far as importers use them.

#include "sink.h"

#include <string.h>

/// Appends the fields of `from` that `unless` does not have.
static void append_fields(bson_t *to, bson_iter_t *from, const bson_t *unless) {
  while (bson_iter_next(from))
    if (!unless || !bson_has_field(unless, bson_iter_key(from)))
      bson_append_iter(to, bson_iter_key(from), -1, from);
}

/// The fields that one operator brings; `old` is NULL for an upsert. False for what is not understood.
static bool append_operator(bson_t *changes, const char *name, bson_iter_t *fields, const bson_t *old) {
  if (!strcmp(name, "$set")) {
    append_fields(changes, fields, NULL);
  } else if (!strcmp(name, "$setOnInsert")) {
    if (!old) append_fields(changes, fields, NULL);
  } else if (!strcmp(name, "$max")) {
    while (bson_iter_next(fields)) {
      bson_iter_t held;
      if (!BSON_ITER_HOLDS_DATE_TIME(fields)) return false;
      bool is_held = old && bson_iter_init_find(&held, old, bson_iter_key(fields)) && BSON_ITER_HOLDS_DATE_TIME(&held);
      if (!is_held || bson_iter_date_time(&held) < bson_iter_date_time(fields))
        bson_append_iter(changes, bson_iter_key(fields), -1, fields);
    }
  } else {
    return false;
  }
  return true;
}

bson_t *updated(const bson_t *old, const bson_t *filter, const bson_t *update) {
  bson_t changes = BSON_INITIALIZER;
  bson_iter_t operator, fields;
  bool understood = bson_iter_init(&operator, update);
  while (understood && bson_iter_next(&operator)) {
    understood = bson_iter_recurse(&operator, &fields) && append_operator(&changes, bson_iter_key(&operator), &fields, old);
  }
  bson_iter_init(&fields, &changes);
  while (understood && bson_iter_next(&fields)) understood = !strchr(bson_iter_key(&fields), '.');
  bson_t *result = understood ? bson_new() : NULL;
  if (understood) {
    bson_iter_init(&fields, old ? old : filter);
    append_fields(result, &fields, &changes);
    bson_iter_init(&fields, &changes);
    append_fields(result, &fields, NULL);
  }
  bson_destroy(&changes);
  return result;
}

bool read_projection(const bson_t *document, Projection *projection) {
  bson_iter_t field;
  projection->count = 0;
  bson_iter_init(&field, document);
  while (bson_iter_next(&field)) {
    if (!bson_iter_as_bool(&field) || projection->count == sizeof projection->names / sizeof *projection->names)
      return false;
    projection->names[projection->count++] = bson_iter_key(&field);
  }
  return true;
}

/// Appends what the projection names of the fields below `path`, whose length is 0 at the root.
static void append_below(
  bson_t *to, bson_iter_t *document, const Projection *projection, const char *path, size_t length
) {
  while (bson_iter_next(document)) {
    const char *field = bson_iter_key(document), *path_of_part = NULL;
    size_t size = strlen(field), start = length ? length + 1 : 0;
    bool whole = !length && !strcmp(field, "_id");
    for (size_t i = 0; i < projection->count && !whole; i++) {
      const char *name = projection->names[i];
      if (length && (strncmp(name, path, length) || name[length] != '.')) continue;
      if (name[start] != field[0] || strncmp(name + start, field, size)) continue;
      whole = !name[start + size];
      if (name[start + size] == '.') path_of_part = name;
    }
    if (whole) {
      bson_append_iter(to, field, (int)size, document);
    } else if (path_of_part && BSON_ITER_HOLDS_DOCUMENT(document)) {
      bson_iter_t fields;
      bson_t part;
      bson_append_document_begin(to, field, (int)size, &part);
      if (bson_iter_recurse(document, &fields)) append_below(&part, &fields, projection, path_of_part, start + size);
      bson_append_document_end(to, &part);
    }
  }
}

void append_projected(bson_t *to, const bson_t *document, const Projection *projection) {
  bson_iter_t fields;
  if (bson_iter_init(&fields, document)) append_below(to, &fields, projection, "", 0);
}
