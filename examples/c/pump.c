#include "pump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pump_next(Pump *pump, const DovetailSession *session, DovetailEvent *event, cJSON **payload) {
    *payload = NULL;
    while (pump->at == pump->used) {
        pump->at = pump->used = 0;
        size_t used = 0;
        int32_t status = dovetail_next_events(session, 0, -1, pump->buffer, pump->capacity, &used);
        if (status == DOVETAIL_BUFFER_TOO_SMALL) {
            uint64_t *larger = realloc(pump->buffer, used < 65536 ? 65536 : used);
            if (larger == NULL) {
                fprintf(stderr, "error: out of memory\n");
                return false;
            }
            pump->buffer = larger;
            pump->capacity = used < 65536 ? 65536 : used;
        } else if (!succeeded(status)) {
            return false;
        } else {
            pump->used = used;
        }
    }
    const char *bytes = (const char *)pump->buffer + pump->at;
    memcpy(event, bytes, sizeof *event);
    if (event->len > 0) {
        *payload = cJSON_ParseWithLength(bytes + sizeof *event, event->len);
    }
    pump->at += sizeof *event + ((size_t)event->len + 7) / 8 * 8;
    return event->kind != DOVETAIL_EVENT_CLOSED;
}

void pump_free(Pump *pump) {
    free(pump->buffer);
    *pump = (Pump){0};
}

void print_error(const cJSON *body) {
    fprintf(stderr, "error: %s: %s\n", string_of(body, "name", "internal"), string_of(body, "detail", ""));
}

bool succeeded(int32_t status) {
    if (status == DOVETAIL_OK) {
        return true;
    }
    size_t needed = 0;
    dovetail_last_error(NULL, 0, &needed);
    char *text = malloc(needed);
    if (text != NULL && dovetail_last_error(text, needed, NULL) == DOVETAIL_OK) {
        cJSON *body = cJSON_ParseWithLength(text, needed);
        print_error(body);
        cJSON_Delete(body);
    }
    free(text);
    return false;
}

const char *string_of(const cJSON *object, const char *name, const char *otherwise) {
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(member) ? member->valuestring : otherwise;
}

double number_of(const cJSON *object, const char *name, double otherwise) {
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(member) ? member->valuedouble : otherwise;
}
