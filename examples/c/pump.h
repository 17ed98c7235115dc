/*
 * What the C examples share: the fetching of events, and errors in words. Owns the buffer of events; must never decide
 * what an event means.
 */
#ifndef EXAMPLE_PUMP_H
#define EXAMPLE_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "dovetail.h"

/* A buffer for events, and how far they were read. Start with all zeroes. */
typedef struct Pump {
    uint64_t *buffer;
    size_t capacity, used, at;
} Pump;

/*
 * Waits for the next event. Answers false when the session has ended, after printing an error if it was one. `payload`
 * receives the parsed payload, NULL when it is empty; the caller deletes it with cJSON_Delete.
 */
bool pump_next(Pump *pump, const DovetailSession *session, DovetailEvent *event, cJSON **payload);

/* Frees the buffer. */
void pump_free(Pump *pump);

/* Prints `error: <name>: <detail>` from an error body. */
void print_error(const cJSON *body);

/* Says whether a function succeeded, printing its error when it did not. */
bool succeeded(int32_t status);

/* A string member of an object, or a default. */
const char *string_of(const cJSON *object, const char *name, const char *otherwise);

/* A number member of an object, or a default. */
double number_of(const cJSON *object, const char *name, double otherwise);

#endif
