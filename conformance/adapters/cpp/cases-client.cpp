// The client under test of the shared cases, on the C++ surface: obeys JSON lines; see conformance/cases/README.md.
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cases/fixture.hpp"

using namespace dovetail;

namespace {

void say(const Json& line) {
    static std::mutex mutex;
    const std::lock_guard<std::mutex> lock(mutex);
    std::cout << line.dump() << std::endl;
}

/// A client, and what belongs to it.
struct Connection {
    cases::Journal journal;
    std::vector<std::unique_ptr<cases::Fixture>> servers;
    std::unique_ptr<Client> client;
};

Elicitation answer_of(const Json& answers, const Question& question) {
    say({{"event", "question"}, {"message", question.message}});
    const Json answer = answers.value(question.message, Json::object());
    const std::string action = answer.value("action", "decline");
    return action == "accept"   ? Elicitation::accept(answer.value("content", Json::object()))
           : action == "cancel" ? Elicitation::cancel()
                                : Elicitation::decline();
}

ClientOptions options_of(const Json& options, cases::Journal& journal) {
    ClientOptions read;
    read.with_revision(options.value("revision", "auto"))
        .with_timeout(std::chrono::milliseconds(options.value("timeoutMs", 0)))
        .with_max_total(std::chrono::milliseconds(options.value("maxTotalMs", 0)));
    if (options.contains("resetOnProgress")) {
        read.with_reset_on_progress(options["resetOnProgress"].get<bool>());
    }
    if (options.contains("cache")) {
        read.with_cache(options["cache"].get<bool>());
    }
    const Json headers = options.value("headers", Json::object());
    for (const auto& header : headers.items()) {
        read.with_header(header.key(), header.value().get<std::string>());
    }
    if (options.value("layers", false)) {
        for (Layer& layer : cases::both(journal)) {
            read.with_layer(std::move(layer));
        }
    }
    if (options.contains("answers")) {
        read.with_elicit(
            [answers = options["answers"]](const Question& question) { return answer_of(answers, question); });
    }
    return read;
}

Json granted_of(const Filter& filter) {
    return {{"tools", filter.tools},
            {"prompts", filter.prompts},
            {"resources", filter.resources},
            {"uris", filter.uris}};
}

Json change_of(const Change& change) {
    if (!change.uri.empty()) {
        return {{"kind", "resource"}, {"uri", change.uri}};
    }
    return {{"kind", change.list == Part::tools ? "tools" : change.list == Part::prompts ? "prompts" : "resources"}};
}

class Commands {
public:
    /// Begins a command on a thread of its own.
    void begin(const Json& command) {
        const auto id = command.at("id").get<int64_t>();
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            tokens_.emplace(id, CancelToken());
        }
        threads_.emplace_back([this, command, id] {
            Json answer = {{"id", id}};
            try {
                answer["ok"] = run(command, id);
            } catch (const DovetailError& error) {
                answer["error"] = {{"name", error.name()}, {"detail", error.detail()}};
            } catch (const std::exception& error) {
                answer["error"] = {{"name", "internal"}, {"detail", error.what()}};
            }
            say(answer);
        });
    }

    /// Waits for what runs and closes what is open.
    void end() {
        for (auto& listening : listenings_) {
            listening.second->cancel();
        }
        for (auto& connection : connections_) {
            if (connection.second->client) {
                connection.second->client->close(std::chrono::milliseconds(0));
            }
        }
        for (std::thread& thread : threads_) {
            thread.join();
        }
        listenings_.clear();
        connections_.clear();
    }

private:
    Json run(const Json& command, int64_t id) {
        const auto what = command.at("do").get<std::string>();
        if (what == "connect") {
            return connect(command);
        }
        if (what == "cancel") {
            token(command.at("of").get<int64_t>()).cancel();
            return nullptr;
        }
        if (what == "next" || what == "stop") {
            return hear(command, what == "stop");
        }
        const auto connection = found(connections_, command.value("client", "main"));
        if (what == "journal") {
            return Json(connection->journal.take());
        }
        if (what == "close") {
            connection->client->close();
            return nullptr;
        }
        return use(*connection->client, what, command, id);
    }

    Json connect(const Json& command) {
        const auto connection = std::make_shared<Connection>();
        const Json& target = command.at("target");
        const Json options = command.value("options", Json::object());
        const ClientOptions read = options_of(options, connection->journal);
        const bool group = target.contains("group");
        if (group) {
            std::vector<std::pair<std::string, Target>> members;
            for (const auto& member : target["group"].items()) {
                members.emplace_back(member.key(), place(member.value(), options, *connection));
            }
            connection->client.reset(new Client(Client::group(members, read)));
        } else {
            connection->client = std::make_unique<Client>(place(target, options, *connection), read);
        }
        const ServerInfo info = connection->client->server_info();
        const std::lock_guard<std::mutex> lock(mutex_);
        connections_[command.value("client", "main")] = connection;
        return {{"revision", group ? Json() : Json(info.revision)}, {"name", group ? "group" : info.name}};
    }

    /// A target; a server of this process is made for it.
    static Target place(const Json& target, const Json& options, Connection& connection) {
        if (target.contains("url")) {
            return target["url"].get<std::string>();
        }
        if (target.contains("command")) {
            auto words = target["command"].get<std::vector<std::string>>();
            const std::string program = words.at(0);
            words.erase(words.begin());
            return Command(program, words).with_respawn(options.value("respawn", true));
        }
        connection.servers.push_back(std::make_unique<cases::Fixture>(target.at("server")));
        return connection.servers.back()->server;
    }

    Json use(Client& client, const std::string& what, const Json& command, int64_t id) {
        const CallOptions options = CallOptions().with_cancel(token(id));
        if (what == "call") {
            return call(client, command, id, options);
        }
        if (what == "list") {
            return list(client, command.at("what").get<std::string>(), options);
        }
        if (what == "read") {
            return client.read_resource(command.at("uri").get<std::string>(), options).text();
        }
        if (what == "prompt") {
            const Json arguments = command.value("arguments", Json::object());
            const auto prompt = client.get_prompt(command.at("name").get<std::string>(),
                                                  arguments.get<std::map<std::string, std::string>>(), options);
            return prompt.messages.at(0).content.as_text();
        }
        if (what == "listen") {
            Filter filter{command.value("tools", false), command.value("prompts", false),
                          command.value("resources", false), command.value("uris", std::vector<std::string>())};
            const auto listening = std::make_shared<Listening>(client.listen(filter, options));
            const std::lock_guard<std::mutex> lock(mutex_);
            listenings_[id] = listening;
            return granted_of(listening->granted());
        }
        if (what == "ping") {
            client.ping(options);
            return nullptr;
        }
        throw std::invalid_argument("there is no command " + what);
    }

    static Json call(Client& client, const Json& command, int64_t id, CallOptions options) {
        const auto tool = command.at("tool").get<std::string>();
        const Json arguments = command.value("arguments", Json::object());
        options.with_timeout(std::chrono::milliseconds(command.value("timeoutMs", 0)));
        if (command.value("progress", false)) {
            options.with_progress([id](const Progress& step) {
                say({{"event", "progress"}, {"of", id}, {"progress", step.value}});
            });
        }
        const CallResult result = command.value("raw", false) ? client.call_raw(tool, arguments, options)
                                                              : client.call(tool, arguments, options);
        std::string text;
        for (const Json& block : result.content) {
            text += Content(block).as_text();
        }
        return {{"text", text}, {"isError", result.is_error}};
    }

    static Json list(Client& client, const std::string& what, const CallOptions& options) {
        Json names = Json::array();
        if (what == "tools") {
            for (const Tool& tool : client.list_tools(options)) {
                names.push_back(tool.name);
            }
        } else if (what == "resources") {
            for (const Resource& resource : client.list_resources(options)) {
                names.push_back(resource.uri);
            }
        } else if (what == "resource_templates") {
            for (const ResourceTemplate& resource : client.list_resource_templates(options)) {
                names.push_back(resource.uri_template);
            }
        } else {
            for (const Prompt& prompt : client.list_prompts(options)) {
                names.push_back(prompt.name);
            }
        }
        return names;
    }

    Json hear(const Json& command, bool stop) {
        const auto listening = found(listenings_, command.at("of").get<int64_t>());
        if (stop) {
            listening->cancel();
            return nullptr;
        }
        const auto change = listening->next();
        return change ? change_of(*change) : Json();
    }

    CancelToken token(int64_t id) { return found(tokens_, id); }

    template <class Key, class Value> Value found(std::map<Key, Value>& all, const Key& key) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return all.at(key);
    }

    std::mutex mutex_;
    std::map<int64_t, CancelToken> tokens_;
    std::map<int64_t, std::shared_ptr<Listening>> listenings_;
    std::map<std::string, std::shared_ptr<Connection>> connections_;
    std::vector<std::thread> threads_;
};

} // namespace

int main() {
    Commands commands;
    for (std::string line; std::getline(std::cin, line);) {
        commands.begin(Json::parse(line));
    }
    commands.end();
    return 0;
}
