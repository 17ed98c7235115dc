/*
 * A weather server: one tool with structured output and progress.
 * Without arguments it serves standard input and output; `--http HOST:PORT` serves HTTP.
 */
#include <stdio.h>
#include <string.h>

#include "../serve.h"

static const char config[] =
    "{\"info\":{\"name\":\"weather\",\"version\":\"1.0.0\"},\"tools\":[{"
    "\"name\":\"weather\",\"description\":\"Forecast for a city\","
    "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"},"
    "\"days\":{\"type\":\"integer\",\"default\":1}},\"required\":[\"city\"]},"
    "\"outputSchema\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"},"
    "\"days\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{"
    "\"day\":{\"type\":\"integer\"},\"high\":{\"type\":\"number\"},\"low\":{\"type\":\"number\"},"
    "\"sky\":{\"type\":\"string\"}},\"required\":[\"day\",\"high\",\"low\",\"sky\"]}}},"
    "\"required\":[\"city\",\"days\"]}}]}";

/* The sum of the code points of a UTF-8 text. */
static unsigned code_points(const char *text) {
    unsigned sum = 0;
    const unsigned char *byte = (const unsigned char *)text;
    while (*byte != 0) {
        unsigned length = *byte < 0x80 ? 1 : *byte < 0xe0 ? 2 : *byte < 0xf0 ? 3 : 4;
        unsigned point = length == 1 ? *byte : *byte & (0xffu >> (length + 1));
        ++byte;
        while (--length > 0 && *byte != 0) {
            point = point << 6 | (*byte++ & 0x3fu);
        }
        sum += point;
    }
    return sum;
}

static void report(const DovetailSession *session, uint64_t call, int day, int days) {
    char step[96];
    int length =
        snprintf(step, sizeof step, "{\"progress\":%d,\"total\":%d,\"message\":\"day %d\"}", day, days, day);
    dovetail_progress(session, call, step, (size_t)length);
}

static void forecast(const DovetailSession *session, uint64_t call, const cJSON *arguments) {
    static const char *const skies[] = {"clear", "cloudy", "rain"};
    const char *city = string_of(arguments, "city", "");
    int count = (int)number_of(arguments, "days", 1);
    cJSON *answer = cJSON_CreateObject();
    cJSON_AddStringToObject(answer, "city", city);
    cJSON *days = cJSON_AddArrayToObject(answer, "days");
    for (int i = 0; i < count; ++i) {
        unsigned seed = code_points(city) + (unsigned)i;
        cJSON *day = cJSON_CreateObject();
        cJSON_AddNumberToObject(day, "day", i + 1);
        cJSON_AddNumberToObject(day, "high", 15 + seed % 15);
        cJSON_AddNumberToObject(day, "low", 7 + seed % 15);
        cJSON_AddStringToObject(day, "sky", skies[seed % 3]);
        cJSON_AddItemToArray(days, day);
        report(session, call, i + 1, count);
    }
    char *json = cJSON_PrintUnformatted(answer);
    dovetail_reply(session, call, DOVETAIL_SHAPE_VALUE, json, strlen(json));
    cJSON_free(json);
    cJSON_Delete(answer);
}

static void handle(const DovetailSession *session, const DovetailEvent *event, const cJSON *payload, void *state) {
    (void)state;
    /* A forecast is made at once, so there is nothing left to cancel. */
    if (event->kind == DOVETAIL_EVENT_CALL) {
        forecast(session, event->key, payload);
    }
}

int main(int argc, char **argv) {
    return serve(argc, argv, config, handle, NULL);
}
