/*
 * A client of the weather and the remove server: `client URL` or `client -- command arguments...`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../pump.h"

enum { CONNECTING = 1, LISTING = 2, CALLING = 3, CLOSING = 4 };

/* The configuration of the client for the arguments of the program; the caller frees it. */
static char *target(int argc, char **argv) {
    cJSON *config = cJSON_CreateObject();
    cJSON *server = cJSON_AddObjectToObject(config, "target");
    if (strcmp(argv[1], "--") == 0) {
        cJSON_AddStringToObject(server, "command", argv[2]);
        cJSON_AddItemToObject(server, "args", cJSON_CreateStringArray((const char *const *)argv + 3, argc - 3));
    } else {
        cJSON_AddStringToObject(server, "url", argv[1]);
    }
    cJSON *info = cJSON_AddObjectToObject(config, "info");
    cJSON_AddStringToObject(info, "name", "client");
    cJSON_AddStringToObject(info, "version", "1.0.0");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(config, "inputs"), cJSON_CreateString("form"));
    char *text = cJSON_PrintUnformatted(config);
    cJSON_Delete(config);
    return text;
}

/* Starts an operation; its completion comes under `key`. */
static bool begin(const DovetailSession *session, uint64_t key, const char *operation, const char *params,
                  const char *options) {
    return succeeded(dovetail_request(session, key, operation, strlen(operation), params, strlen(params), options,
                                      strlen(options)));
}

/* Says yes to a question: every property of its form is true. */
static void say_yes(const DovetailSession *session, uint64_t call, const cJSON *question) {
    printf("question: %s yes\n", string_of(question, "message", ""));
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "action", "accept");
    cJSON *content = cJSON_AddObjectToObject(answer, "content");
    const cJSON *schema = cJSON_GetObjectItemCaseSensitive(question, "schema");
    const cJSON *property = NULL;
    cJSON_ArrayForEach(property, cJSON_GetObjectItemCaseSensitive(schema, "properties")) {
        cJSON_AddTrueToObject(content, property->string);
    }
    char *json = cJSON_PrintUnformatted(answer);
    dovetail_reply(session, call, DOVETAIL_SHAPE_VALUE, json, strlen(json));
    cJSON_free(json);
    cJSON_Delete(answer);
}

static void print_result(const cJSON *result) {
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(result, "data");
    if (cJSON_IsString(data)) {
        printf("%s\n", data->valuestring);
    }
    const cJSON *day = NULL;
    cJSON_ArrayForEach(day, cJSON_GetObjectItemCaseSensitive(data, "days")) {
        printf("day %g: %g to %g, %s\n", number_of(day, "day", 0), number_of(day, "low", 0),
               number_of(day, "high", 0), string_of(day, "sky", ""));
    }
}

/* Calls the next tool of the list that this program knows. Answers false when there is none. */
static bool call_next(const DovetailSession *session, const cJSON **tool, bool *good) {
    for (; *tool != NULL; *tool = (*tool)->next) {
        const char *name = string_of(*tool, "name", "");
        const char *params = NULL;
        if (strcmp(name, "weather") == 0) {
            params = "{\"name\":\"weather\",\"arguments\":{\"city\":\"Oslo\",\"days\":3}}";
        } else if (strcmp(name, "remove") == 0) {
            params = "{\"name\":\"remove\",\"arguments\":{\"path\":\"a.txt\"}}";
        }
        if (params != NULL) {
            *tool = (*tool)->next;
            *good = begin(session, CALLING, "call_tool", params, "{\"progress\":true}");
            return *good;
        }
    }
    return false;
}

/* Goes through the steps until the session has closed. Answers whether all went well. */
static bool run(const DovetailSession *session) {
    Pump pump = {0};
    DovetailEvent event;
    cJSON *payload = NULL, *tools = NULL;
    const cJSON *next = NULL;
    bool good = true;
    while (pump_next(&pump, session, &event, &payload)) {
        bool over = false;
        if (event.kind == DOVETAIL_EVENT_PROGRESS) {
            printf("progress: %g of %g, %s\n", number_of(payload, "progress", 0), number_of(payload, "total", 0),
                   string_of(payload, "message", ""));
        } else if (event.kind == DOVETAIL_EVENT_INPUT) {
            say_yes(session, event.key, payload);
        } else if (event.kind == DOVETAIL_EVENT_DONE && event.key != CLOSING && event.code != 0) {
            print_error(payload);
            good = false;
            over = true;
        } else if (event.kind == DOVETAIL_EVENT_DONE && event.key == CONNECTING) {
            good = begin(session, LISTING, "list_tools", "", "");
            over = !good;
        } else if (event.kind == DOVETAIL_EVENT_DONE && event.key == LISTING) {
            tools = payload;
            payload = NULL;
            const cJSON *list = cJSON_GetObjectItemCaseSensitive(tools, "tools");
            next = list == NULL ? NULL : list->child;
            const cJSON *tool = NULL;
            cJSON_ArrayForEach(tool, list) {
                printf("tool: %s, %s\n", string_of(tool, "name", ""), string_of(tool, "description", ""));
            }
            over = !call_next(session, &next, &good);
        } else if (event.kind == DOVETAIL_EVENT_DONE && event.key == CALLING) {
            print_result(payload);
            over = !call_next(session, &next, &good);
        }
        if (over) {
            dovetail_close(session, CLOSING, 1000);
        }
        cJSON_Delete(payload);
    }
    cJSON_Delete(payload);
    cJSON_Delete(tools);
    pump_free(&pump);
    return good;
}

int main(int argc, char **argv) {
    if (argc < 2 || (strcmp(argv[1], "--") == 0 ? argc < 3 : argc != 2)) {
        fprintf(stderr, "usage: client URL | client -- command arguments...\n");
        return 2;
    }
    DovetailRuntime *runtime = NULL;
    DovetailSession *session = NULL;
    char *config = target(argc, argv);
    bool good = config != NULL && succeeded(dovetail_runtime_new(&runtime)) &&
                succeeded(dovetail_client_open(runtime, CONNECTING, config, strlen(config), NULL, &session)) &&
                run(session);
    cJSON_free(config);
    dovetail_session_free(session);
    if (runtime != NULL) {
        dovetail_runtime_shutdown(runtime, 1000);
    }
    dovetail_runtime_free(runtime);
    return good ? 0 : 1;
}
