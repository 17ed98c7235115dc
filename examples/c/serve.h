/*
 * The main loop of the C example servers: opens, serves and hands every event to the program.
 */
#ifndef EXAMPLE_SERVE_H
#define EXAMPLE_SERVE_H

#include "pump.h"

/* What a program does with an event: a call, a completion of its own, a cancellation. */
typedef void (*Handler)(const DovetailSession *session, const DovetailEvent *event, const cJSON *payload, void *state);

/*
 * Serves standard input and output, or HTTP with `--http HOST:PORT`, until it ends. Answers the exit code. Keys up to
 * RESERVED_KEYS are its own.
 */
int serve(int argc, char **argv, const char *config, Handler handler, void *state);

enum { RESERVED_KEYS = 16 };

/* Replies with a string, or fails with one. */
void reply_text(const DovetailSession *session, uint64_t call, const char *text);
void fail_text(const DovetailSession *session, uint64_t call, const char *text);

#endif
