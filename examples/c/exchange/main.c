/*
 * A server under somebody else's HTTP server: one request goes through it without a socket, and the answer is printed.
 * A program of your own puts in what its HTTP server received, and sends out what comes.
 */
#include <stdio.h>
#include <string.h>

#include "../pump.h"

static const char config[] =
    "{\"info\":{\"name\":\"calculator\",\"version\":\"1.0.0\"},\"tools\":[{"
    "\"name\":\"add\",\"description\":\"Add two numbers\","
    "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"integer\"}},"
    "\"required\":[\"a\",\"b\"]},\"outputSchema\":{\"type\":\"integer\"}}]}";

static const char head[] =
    "{\"method\":\"POST\",\"path\":\"/mcp\",\"headers\":[[\"host\",\"localhost\"],"
    "[\"content-type\",\"application/json\"],[\"accept\",\"application/json, text/event-stream\"],"
    "[\"mcp-protocol-version\",\"2026-07-28\"],[\"mcp-method\",\"tools/call\"],[\"mcp-name\",\"add\"]]}";

static const char body[] =
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"add\","
    "\"arguments\":{\"a\":1,\"b\":2},\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\","
    "\"io.modelcontextprotocol/clientInfo\":{\"name\":\"example\",\"version\":\"1\"},"
    "\"io.modelcontextprotocol/clientCapabilities\":{}}}}";

enum { EXCHANGE = 1, CLOSING = 2 };

static void add(const DovetailSession *session, uint64_t call, const cJSON *arguments) {
    char sum[32];
    int length = snprintf(sum, sizeof sum, "%.0f", number_of(arguments, "a", 0) + number_of(arguments, "b", 0));
    dovetail_reply(session, call, DOVETAIL_SHAPE_VALUE, sum, (size_t)length);
}

/* Answers calls and prints what comes back, until the session has closed. */
static bool run(const DovetailSession *session) {
    Pump pump = {0};
    DovetailEvent event;
    cJSON *payload = NULL;
    bool good = true;
    while (pump_next(&pump, session, &event, &payload)) {
        if (event.kind == DOVETAIL_EVENT_CALL) {
            add(session, event.key, payload);
        } else if (event.kind == DOVETAIL_EVENT_HEAD) {
            printf("status: %d\n", event.code);
        } else if (event.kind == DOVETAIL_EVENT_CHUNK) {
            /* The bytes of a piece as they are; a stream has several. This one is a JSON text. */
            char *text = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(payload, "result"));
            printf("result: %s\n", text == NULL ? "none" : text);
            cJSON_free(text);
        } else if (event.kind == DOVETAIL_EVENT_DONE && event.key == EXCHANGE) {
            good = event.code == 0;
            dovetail_close(session, CLOSING, 1000);
        }
        cJSON_Delete(payload);
    }
    cJSON_Delete(payload);
    pump_free(&pump);
    return good;
}

int main(void) {
    DovetailRuntime *runtime = NULL;
    DovetailSession *session = NULL;
    bool good = succeeded(dovetail_runtime_new(&runtime)) &&
                succeeded(dovetail_server_open(runtime, config, strlen(config), &session)) &&
                succeeded(dovetail_exchange(session, EXCHANGE, head, strlen(head), body, strlen(body))) && run(session);
    dovetail_session_free(session);
    if (runtime != NULL) {
        dovetail_runtime_shutdown(runtime, 1000);
    }
    dovetail_runtime_free(runtime);
    return good ? 0 : 1;
}
