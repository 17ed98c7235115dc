#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SERVING = 1, CLOSING = 2 };

/* The configuration of `dovetail_serve` for the arguments of the program; the caller frees it. */
static char *serving(int argc, char **argv) {
    cJSON *config = cJSON_CreateObject();
    if (argc == 3 && strcmp(argv[1], "--http") == 0) {
        cJSON_AddStringToObject(config, "http", argv[2]);
    } else {
        cJSON_AddTrueToObject(config, "stdio");
    }
    char *text = cJSON_PrintUnformatted(config);
    cJSON_Delete(config);
    return text;
}

/* Runs until the session has closed. Answers false when serving failed. */
static bool run(const DovetailSession *session, Handler handler, void *state) {
    Pump pump = {0};
    DovetailEvent event;
    cJSON *payload = NULL;
    bool good = true;
    while (pump_next(&pump, session, &event, &payload)) {
        if (event.kind == DOVETAIL_EVENT_READY) {
            const char *url = string_of(payload, "url", NULL);
            if (url != NULL) {
                fprintf(stderr, "listening on %s\n", url);
            }
        } else if (event.kind == DOVETAIL_EVENT_DONE && event.key == SERVING) {
            if (event.code != 0) {
                print_error(payload);
                good = false;
            }
            dovetail_close(session, CLOSING, 1000);
        } else {
            handler(session, &event, payload, state);
        }
        cJSON_Delete(payload);
    }
    cJSON_Delete(payload);
    pump_free(&pump);
    return good;
}

int serve(int argc, char **argv, const char *config, Handler handler, void *state) {
    DovetailRuntime *runtime = NULL;
    DovetailSession *session = NULL;
    char *how = serving(argc, argv);
    bool good = how != NULL && succeeded(dovetail_runtime_new(&runtime)) &&
                succeeded(dovetail_server_open(runtime, config, strlen(config), &session)) &&
                succeeded(dovetail_serve(session, SERVING, how, strlen(how))) && run(session, handler, state);
    free(how);
    dovetail_session_free(session);
    if (runtime != NULL) {
        dovetail_runtime_shutdown(runtime, 1000);
    }
    dovetail_runtime_free(runtime);
    return good ? 0 : 1;
}

void reply_text(const DovetailSession *session, uint64_t call, const char *text) {
    cJSON *value = cJSON_CreateString(text);
    char *json = cJSON_PrintUnformatted(value);
    /* A call that was cancelled meanwhile wants no answer. */
    dovetail_reply(session, call, DOVETAIL_SHAPE_VALUE, json, strlen(json));
    cJSON_free(json);
    cJSON_Delete(value);
}

void fail_text(const DovetailSession *session, uint64_t call, const char *text) {
    cJSON *failure = cJSON_CreateObject();
    cJSON_AddStringToObject(failure, "kind", "tool");
    cJSON_AddStringToObject(failure, "detail", text);
    char *json = cJSON_PrintUnformatted(failure);
    dovetail_fail(session, call, json, strlen(json));
    cJSON_free(json);
    cJSON_Delete(failure);
}
