#include "layers.hpp"

#include <stdexcept>

using dovetail::Content;
using dovetail::DovetailError;
using dovetail::Json;
using dovetail::Message;
using dovetail::Next;

namespace cases {
namespace {

Json saying(const std::string& text) { return {{"content", Json::array({Content::text(text)})}}; }

/// The argument that decides; 0 for calls of other tools.
int deed_of(const Message& message) {
    const Json arguments = message.params.value("arguments", Json::object());
    return message.params.value("name", "") == "add" ? arguments.value("a", 0) : 0;
}

Json pass(const std::string& name, Journal& journal, const Message& message, Next& next) {
    if (message.notification) {
        return next(message);
    }
    try {
        Json result = next(message);
        journal.add(name + " done");
        return result;
    } catch (const DovetailError& error) {
        journal.add(name + " " + error.name());
        throw;
    }
}

Json outer(Journal& journal, Message message, Next& next) {
    const int deed = deed_of(message);
    if (deed == 100) {
        message.params["arguments"]["a"] = 200;
    }
    Json result = pass("outer", journal, message, next);
    return deed == 104 ? saying("changed") : result;
}

Json inner(Journal& journal, const Message& message, Next& next) {
    switch (deed_of(message)) {
    case 101: return saying("own answer");
    case 102: throw DovetailError("forbidden", "refused by a layer");
    case 103: throw std::runtime_error("secret");
    default: break;
    }
    if (message.notification && message.params.value("uri", "") == "note://dropped") {
        return Json::object();
    }
    return pass("inner", journal, message, next);
}

bool counts(const Message& message) {
    return message.notification ||
           (message.method == "tools/call" && message.params.value("name", "") != "journal");
}

} // namespace

std::vector<dovetail::Layer> both(Journal& journal) {
    const auto layer = [&journal](const std::string& name, auto act) {
        return dovetail::Layer([&journal, name, act](const Message& message, Next& next) {
            if (!counts(message)) {
                return next();
            }
            journal.add(name + " " + message.method);
            return act(journal, message, next);
        });
    };
    return {layer("outer", outer), layer("inner", inner)};
}

} // namespace cases
