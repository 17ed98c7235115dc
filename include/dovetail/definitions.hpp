// Definitions in the terms of the native layer, and the one table of handlers behind them. No session, no thread.
#ifndef DOVETAIL_DEFINITIONS_HPP
#define DOVETAIL_DEFINITIONS_HPP

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "handler.hpp"
#include "options.hpp"

namespace dovetail {
namespace detail {

/// The member of a configuration that lists a part.
inline const char* name_of(Part part) {
    switch (part) {
    case Part::tools: return "tools";
    case Part::resources: return "resources";
    case Part::resource_templates: return "resourceTemplates";
    case Part::prompts: break;
    }
    return "prompts";
}

inline const char* name_of(Cacheable what) {
    switch (what) {
    case Cacheable::discover: return "discover";
    case Cacheable::tools: return "tools";
    case Cacheable::prompts: return "prompts";
    case Cacheable::resources: return "resources";
    case Cacheable::resource_templates: return "resourceTemplates";
    case Cacheable::reads: break;
    }
    return "reads";
}

/// The member of a configuration that sets a limit: `in_flight` is `inFlight`.
inline std::string member_of(const std::string& limit) {
    std::string member;
    bool next = false;
    for (const char c : limit) {
        if (c != '_') {
            member += next && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        next = c == '_';
    }
    return member;
}

inline void set(Json& definition, const char* member, const std::string& value) {
    if (!value.empty()) {
        definition[member] = value;
    }
}
inline void set(Json& definition, const char* member, const Json& value) {
    if (!value.is_null()) {
        definition[member] = value;
    }
}
inline void set(Json& definition, const char* member, const std::vector<std::string>& value) {
    if (!value.empty()) {
        definition[member] = value;
    }
}

inline Json described(const ToolOptions& options) {
    Json tool = Json::object();
    set(tool, "outputSchema", options.output_schema);
    set(tool, "annotations", options.annotations);
    set(tool, "asks", options.asks);
    set(tool, "title", options.title);
    set(tool, "icons", options.icons);
    set(tool, "_meta", options.meta);
    if (options.once) {
        tool["once"] = *options.once;
    }
    if (options.open_answers) {
        tool["openAnswers"] = true;
    }
    return tool;
}

inline Json described(const ResourceOptions& options) {
    Json resource = Json::object();
    set(resource, "title", options.title);
    set(resource, "description", options.description);
    set(resource, "mimeType", options.mime_type);
    set(resource, "annotations", options.annotations);
    set(resource, "icons", options.icons);
    if (options.size) {
        resource["size"] = *options.size;
    }
    return resource;
}

inline Json described(const std::vector<PromptArgument>& arguments, const PromptOptions& options) {
    Json prompt = {{"arguments", Json::array()}};
    for (const PromptArgument& argument : arguments) {
        Json entry = {{"name", argument.name}, {"required", argument.required}};
        set(entry, "description", argument.description);
        prompt["arguments"].push_back(std::move(entry));
    }
    set(prompt, "title", options.title);
    set(prompt, "icons", options.icons);
    set(prompt, "asks", options.asks);
    if (options.open_answers) {
        prompt["openAnswers"] = true;
    }
    return prompt;
}

/// A handler of the user, and what its failures are.
struct Served {
    Target target;
    /// Whether a failure is a result that the model sees, as a tool's is; otherwise the request is refused.
    bool reports = false;
};

/// The handlers of a server by number. Numbers are never used twice, so that a late call meets nothing else.
class HandlerTable {
public:
    int32_t add(Served handler) {
        const std::lock_guard<std::mutex> lock(mutex_);
        handlers_.emplace(++last_, std::make_shared<const Served>(std::move(handler)));
        return last_;
    }

    /// Null when there is none any more.
    std::shared_ptr<const Served> find(int32_t number) const {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = handlers_.find(number);
        return found == handlers_.end() ? nullptr : found->second;
    }

    /// Remembers which numbers a definition uses.
    void own(Part part, const std::string& name, std::vector<int32_t> numbers) {
        const std::lock_guard<std::mutex> lock(mutex_);
        owned_[{part, name}] = std::move(numbers);
    }

    /// Lets go of the handlers of a definition. A handler that runs goes on.
    void release(Part part, const std::string& name) {
        const std::lock_guard<std::mutex> lock(mutex_);
        const auto found = owned_.find({part, name});
        if (found != owned_.end()) {
            release(found->second);
            owned_.erase(found);
        }
    }

    void release_all(const std::vector<int32_t>& numbers) {
        const std::lock_guard<std::mutex> lock(mutex_);
        release(numbers);
    }

private:
    void release(const std::vector<int32_t>& numbers) {
        for (const int32_t number : numbers) {
            handlers_.erase(number);
        }
    }

    mutable std::mutex mutex_;
    std::map<int32_t, std::shared_ptr<const Served>> handlers_;
    std::map<std::pair<Part, std::string>, std::vector<int32_t>> owned_;
    int32_t last_ = -1;
};

} // namespace detail
} // namespace dovetail

#endif
