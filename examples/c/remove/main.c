/*
 * A server that asks before it deletes (from a list in memory, not from the disk).
 * Without arguments it serves standard input and output; `--http HOST:PORT` serves HTTP.
 *
 * A question is an operation of its own: the answer comes as its completion, under a key by which the call is found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../serve.h"

static const char config[] =
    "{\"info\":{\"name\":\"remove\",\"version\":\"1.0.0\"},\"tools\":[{"
    "\"name\":\"remove\",\"description\":\"Delete a file after asking\","
    "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}},"
    "\"required\":[\"path\"]}}]}";

enum { FILES = 3 };

/* A call that waits for its answer. */
typedef struct Waiting {
    uint64_t key, call;
    char *path;
    struct Waiting *next;
} Waiting;

typedef struct State {
    const char *files[FILES];
    uint64_t last_key;
    Waiting *waiting;
} State;

static char *copy(const char *text) {
    char *copied = malloc(strlen(text) + 1);
    return copied == NULL ? NULL : strcpy(copied, text);
}

static void release(Waiting *waiting) {
    if (waiting != NULL) {
        free(waiting->path);
        free(waiting);
    }
}

static void ask(const DovetailSession *session, uint64_t call, const char *path, State *state) {
    Waiting *waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL || (waiting->path = copy(path)) == NULL) {
        release(waiting);
        fail_text(session, call, "out of memory");
        return;
    }
    *waiting = (Waiting){.key = ++state->last_key, .call = call, .path = waiting->path, .next = state->waiting};
    cJSON *question = cJSON_CreateObject();
    cJSON_AddStringToObject(question, "kind", "confirm");
    size_t room = strlen(path) + sizeof "Delete ?";
    char *message = malloc(room);
    if (message != NULL) {
        snprintf(message, room, "Delete %s?", path);
        cJSON_AddStringToObject(question, "message", message);
    }
    char *json = cJSON_PrintUnformatted(question);
    if (dovetail_ask(session, call, waiting->key, json, strlen(json)) == DOVETAIL_OK) {
        state->waiting = waiting;
    } else {
        release(waiting);
        fail_text(session, call, "the question could not be asked");
    }
    cJSON_free(json);
    free(message);
    cJSON_Delete(question);
}

static Waiting *take(State *state, uint64_t key) {
    for (Waiting **link = &state->waiting; *link != NULL; link = &(*link)->next) {
        if ((*link)->key == key) {
            Waiting *found = *link;
            *link = found->next;
            return found;
        }
    }
    return NULL;
}

static void finish(const DovetailSession *session, const Waiting *waiting, bool yes, State *state) {
    size_t room = strlen(waiting->path) + sizeof "no such file: ";
    char *text = malloc(room);
    if (text == NULL) {
        fail_text(session, waiting->call, "out of memory");
        return;
    }
    if (!yes) {
        snprintf(text, room, "kept %s", waiting->path);
        reply_text(session, waiting->call, text);
        free(text);
        return;
    }
    int at = 0;
    while (at < FILES && (state->files[at] == NULL || strcmp(state->files[at], waiting->path) != 0)) {
        ++at;
    }
    if (at < FILES) {
        state->files[at] = NULL;
        snprintf(text, room, "deleted %s", waiting->path);
        reply_text(session, waiting->call, text);
    } else {
        snprintf(text, room, "no such file: %s", waiting->path);
        fail_text(session, waiting->call, text);
    }
    free(text);
}

static void handle(const DovetailSession *session, const DovetailEvent *event, const cJSON *payload, void *opaque) {
    State *state = opaque;
    if (event->kind == DOVETAIL_EVENT_CALL) {
        ask(session, event->key, string_of(payload, "path", ""), state);
    } else if (event->kind == DOVETAIL_EVENT_DONE) {
        Waiting *waiting = take(state, event->key);
        if (waiting == NULL) {
            return;
        }
        if (event->code == 0) {
            finish(session, waiting, cJSON_IsTrue(payload), state);
        } else {
            /* Suspended: this run is over, and the tool will be called again with the answer. Anything else: the
               caller learns why there was none. */
            fail_text(session, waiting->call, string_of(payload, "detail", "no answer"));
        }
        release(waiting);
    }
}

int main(int argc, char **argv) {
    State state = {.files = {"a.txt", "b.txt", "c.txt"}, .last_key = RESERVED_KEYS};
    int code = serve(argc, argv, config, handle, &state);
    while (state.waiting != NULL) {
        release(take(&state, state.waiting->key));
    }
    return code;
}
