// A server: what it offers, the pool that runs its handlers, and the ways to serve.
#ifndef DOVETAIL_SERVER_HPP
#define DOVETAIL_SERVER_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "channel.hpp"
#include "context.hpp"
#include "definitions.hpp"
#include "exchange.hpp"
#include "layer.hpp"
#include "types.hpp"

namespace dovetail {

/// A server. The first `serve`, or the first client inside this process, opens it.
/// Its end closes it and waits for the handlers that run: a handler that takes long should look at
/// `Context::cancelled`.
class Server final : private detail::Receiver {
public:
    explicit Server(const std::string& name, const std::string& version = "0", const std::string& instructions = "") {
        config_ = {{"info", {{"name", name}, {"version", version}}}, {"tools", Json::array()}};
        if (!instructions.empty()) {
            config_["instructions"] = instructions;
        }
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server() override {
        if (channel_) {
            rules_.reset();
            channel_->finish();
        }
    }

    /// Registers a tool. `schema` is the JSON Schema of its arguments, which are validated before the handler runs.
    ///
    /// The handler takes `(const In&, Context&)`, `(const In&)` or nothing, where `In` is Json or any type that has a
    /// `from_json`; it answers a value that Json can be made of, Content, a vector of Content, a ToolResult, a `Whole`
    /// result, or nothing. Numbers and bool declare their own output schema, everything else declares the one
    /// of `options`. What a handler throws becomes a tool error with the exception's text. Several may run at the same
    /// time.
    ///
    /// This and its siblings may be called before serving and while the server serves; the clients that want to know
    /// are told. Throws DovetailError: `invalid_argument` for a taken name or a broken schema (of a server that is not
    /// open yet: when it is opened), `invalid_state` when the server is closed.
    template <class In = Json, class Handler>
    Server& tool(const std::string& name, const std::string& description, Json schema, Handler handler,
                 const ToolOptions& options = {}) {
        Json tool = detail::described(options);
        tool["name"] = name;
        tool["description"] = description;
        tool["inputSchema"] = std::move(schema);
        if (!tool.contains("outputSchema")) {
            detail::set(tool, "outputSchema", detail::output_of<Handler, In>());
        }
        return add(Part::tools, name, std::move(tool), detail::target_of<In>(std::move(handler)), {});
    }

    /// Registers a resource. The handler takes `(const std::string& uri, Context&)`, `(const std::string& uri)` or
    /// nothing; it answers a text, Bytes, Contents, a vector of Contents, or a `Whole` result.
    template <class Handler>
    Server& resource(const std::string& uri, const std::string& name, Handler handler,
                     const ResourceOptions& options = {}) {
        Json resource = detail::described(options);
        resource["uri"] = uri;
        resource["name"] = name;
        auto target = [handler = std::move(handler), mime_type = options.mime_type](const Json& payload,
                                                                                    Context& context) {
            const auto asked = payload.at("uri").get<std::string>();
            return detail::completed(detail::invoke(handler, asked, context), asked, mime_type);
        };
        return add(Part::resources, uri, std::move(resource), std::move(target), {});
    }

    /// Registers a family of resources under the URIs of a template (RFC 6570, such as `notes://{id}`). The handler
    /// takes the variables of the template as `In`: Json (an object of strings) or any type that has a `from_json`.
    /// Otherwise as `resource`.
    template <class In = Json, class Handler>
    Server& resource_template(const std::string& uri_template, const std::string& name, Handler handler,
                              const ResourceOptions& options = {}) {
        Json resource = detail::described(options);
        resource["uriTemplate"] = uri_template;
        resource["name"] = name;
        auto inner = detail::target_of<In>(std::move(handler), "unknown_resource");
        auto target = [inner = std::move(inner), mime_type = options.mime_type](
                          const Json& payload, Context& context) {
            return detail::completed(inner(payload.at("variables"), context), payload.at("uri").get<std::string>(),
                                     mime_type);
        };
        return add(Part::resource_templates, uri_template, std::move(resource), std::move(target), options.completers);
    }

    /// Registers a prompt. The handler takes the arguments as `In`, Json (an object of strings) or any type that has a
    /// `from_json`; it answers a text (one message of the user), a PromptMessage, a vector of them, or a
    /// `Whole` result.
    template <class In = Json, class Handler>
    Server& prompt(const std::string& name, const std::string& description,
                   const std::vector<PromptArgument>& arguments, Handler handler, const PromptOptions& options = {}) {
        Json prompt = detail::described(arguments, options);
        prompt["name"] = name;
        prompt["description"] = description;
        return add(Part::prompts, name, std::move(prompt), detail::target_of<In>(std::move(handler)),
                   options.completers);
    }

    /// Puts a layer around everything that comes in, inside of the layers that are there. Before the server is opened.
    Server& layer(Layer layer) {
        const std::lock_guard<std::mutex> lock(mutex_);
        refuse_when_open();
        config_["layers"].push_back(layer.described(layers_.size()));
        layers_.push_back(std::move(layer));
        return *this;
    }
    /// The same for some methods only, by the names of the specification.
    template <class Function> Server& layer(Function function, std::vector<std::string> methods) {
        return layer(Layer(std::move(function), std::move(methods)));
    }

    /// Takes a definition away, by its name, URI or template. One that is not there is ignored.
    Server& remove(Part part, const std::string& name) {
        change({{"remove", {{detail::name_of(part), Json::array({name})}}}});
        handlers_.release(part, name);
        return *this;
    }
    /// Offers a definition again that was disabled.
    Server& enable(Part part, const std::string& name) {
        return change({{"enable", {{detail::name_of(part), Json::array({name})}}}});
    }
    /// Hides a definition, until it is enabled.
    Server& disable(Part part, const std::string& name) {
        return change({{"disable", {{detail::name_of(part), Json::array({name})}}}});
    }
    /// Tells the clients that a list has changed by other means than this class (both lists of resources are one).
    Server& announce(Part part) {
        const Part list = part == Part::resource_templates ? Part::resources : part;
        return change({{"changed", Json::array({detail::name_of(list)})}});
    }
    /// Tells the clients that watch a resource that its content has changed.
    Server& resource_updated(const std::string& uri) { return change({{"updated", Json::array({uri})}}); }

    /// How many entries a page of a list has; by default all. Before the server is opened, as the next ones.
    Server& page_size(std::size_t entries) { return configure("pageSize", entries); }
    /// How long one run of a handler may take; by default as long as the client waits. The caller gets
    /// `deadline_exceeded` then, and the handler is told that it is cancelled.
    Server& call_timeout(std::chrono::milliseconds time) { return configure("callTimeoutMs", time.count()); }
    /// The keys that seal what travels through clients between the runs of a handler: `id:base64` of 32 bytes each,
    /// separated by commas, the newest first. All instances of a server must have the same; by default a process makes
    /// its own.
    Server& state_keys(const std::string& keys) { return configure("stateKeys", keys); }
    /// Sets limits by their names in docs/limits.md, such as `{{"in_flight", 100}}`. Throws DovetailError, when the
    /// server is opened, for one that servers do not have.
    Server& limits(const std::map<std::string, uint64_t>& values) {
        const std::lock_guard<std::mutex> lock(mutex_);
        refuse_when_open();
        for (const auto& limit : values) {
            config_["limits"][detail::member_of(limit.first)] = limit.second;
        }
        return *this;
    }
    /// Whether clients may take a broken stream up again.
    Server& resumable(bool value = true) { return configure("resumable", value); }
    /// For how long clients may keep an answer, and who may.
    Server& cache(Cacheable what, std::chrono::milliseconds time, CacheScope scope = CacheScope::asker) {
        const std::lock_guard<std::mutex> lock(mutex_);
        refuse_when_open();
        config_["cache"][detail::name_of(what)] = {
            {"ttlMs", time.count()}, {"scope", scope == CacheScope::anybody ? "public" : "private"}};
        return *this;
    }

    /// How many handlers may run at the same time; by default min(4, cores). A handler that waits for an answer or a
    /// cancellation counts.
    Server& workers(std::size_t threads) {
        const std::lock_guard<std::mutex> lock(mutex_);
        workers_ = threads;
        if (channel_) {
            channel_->limit(threads);
        }
        return *this;
    }

    /// Serves standard input and output until the client is gone or the server is closed. Throws DovetailError.
    void serve(const Stdio&) {
        run({{"stdio", true}}, [](const std::string&) {});
    }

    /// Serves HTTP until the server is closed. Throws DovetailError, for example when the address is in use.
    void serve(const Http& http) {
        Json config = {{"http", http.address}, {"path", http.path}, {"sse", http.sse}};
        if (!http.allowed_hosts.empty()) {
            config["allowedHosts"] = http.allowed_hosts;
        }
        if (!http.allowed_origins.empty()) {
            config["allowedOrigins"] = http.allowed_origins;
        }
        run(config, [&http](const std::string& url) {
            if (http.on_ready) {
                http.on_ready(url);
            }
        });
    }

    /// `serve(Stdio())`.
    void serve_stdio() { serve(Stdio()); }
    /// `serve(Http(address))`.
    void serve_http(const std::string& address) { serve(Http(address)); }

    /// Opens the server for `exchange` under these names of hosts and origins, besides those of loopback. Once. Throws
    /// DovetailError: `invalid_argument`, `invalid_state` the second time.
    Server& allow(const std::vector<std::string>& hosts, const std::vector<std::string>& origins = {}) {
        detail::Channel& channel = open();
        const std::string config =
            Json{{"exchange", true}, {"allowedHosts", hosts}, {"allowedOrigins", origins}}.dump();
        auto rules = channel.operation([&](uint64_t key) {
            return dovetail_serve(channel.session(), key, config.data(), config.size());
        });
        // The first event says that they hold; they do until the server is closed.
        rules->next();
        const std::lock_guard<std::mutex> lock(mutex_);
        rules_ = std::move(rules);
        return *this;
    }

    /// Answers one HTTP request that came to somebody else's HTTP server: returns when the head of the answer is there.
    /// Throws DovetailError: `invalid_argument` for a head that is none, `closed`.
    Exchange exchange(const RequestHead& request, const std::string& body = "") {
        detail::Channel& channel = open();
        Json described = {{"method", request.method}, {"path", request.path}, {"headers", request.headers}};
        if (request.principal) {
            described["principal"] = *request.principal;
        }
        const std::string head = described.dump();
        return Exchange(channel.operation([&](uint64_t key) {
            return dovetail_exchange(channel.session(), key, head.data(), head.size(), body.data(), body.size());
        }));
    }

    /// Accepts nothing new, lets running calls end within `deadline`, cancels the rest. Ends every `serve`.
    /// Idempotent, from any thread but a handler's.
    void close(std::chrono::milliseconds deadline = std::chrono::milliseconds(1000)) {
        detail::Channel* channel = nullptr;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            channel = channel_.get();
        }
        if (channel != nullptr) {
            channel->stop(static_cast<uint64_t>(deadline.count()));
        }
    }

private:
    friend class Client;

    static DovetailError refused(const std::string& why) {
        return DovetailError("invalid_state", why);
    }

    void refuse_when_open() const {
        if (channel_) {
            throw refused("this is set before the server is opened");
        }
    }

    Server& configure(const char* member, Json value) {
        const std::lock_guard<std::mutex> lock(mutex_);
        refuse_when_open();
        config_[member] = std::move(value);
        return *this;
    }

    Server& add(Part part, const std::string& name, Json definition, detail::Target target,
                const std::map<std::string, Completer>& completers) {
        std::vector<int32_t> numbers = {handlers_.add({std::move(target), part == Part::tools})};
        definition["handler"] = numbers.front();
        for (const auto& completer : completers) {
            numbers.push_back(handlers_.add({detail::completer_of(completer.second)}));
            definition["completers"][completer.first] = numbers.back();
        }
        const std::lock_guard<std::mutex> lock(mutex_);
        if (channel_) {
            try {
                update({{"add", {{detail::name_of(part), Json::array({std::move(definition)})}}}});
            } catch (...) {
                handlers_.release_all(numbers);
                throw;
            }
        } else {
            config_[detail::name_of(part)].push_back(std::move(definition));
        }
        handlers_.own(part, name, std::move(numbers));
        return *this;
    }

    /// Applies changes, or keeps them for the opening.
    Server& change(Json changes) {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (channel_) {
            update(changes);
        } else {
            pending_.push_back(std::move(changes));
        }
        return *this;
    }

    void update(const Json& changes) {
        const std::string text = changes.dump();
        const int32_t status = dovetail_update(channel_->session(), text.data(), text.size());
        if (status == DOVETAIL_ERROR_CLOSED) {
            throw refused("the server is closed");
        }
        detail::check(status);
    }

    /// Opens the server at its first use.
    detail::Channel& open() {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (!channel_) {
            const std::string config = config_.dump();
            DovetailSession* session = nullptr;
            detail::check(dovetail_server_open(detail::Runtime::shared(), config.data(), config.size(), &session));
            channel_ = std::make_unique<detail::Channel>(session, static_cast<detail::Receiver&>(*this), workers_);
            channel_->start();
            for (const Json& changes : std::exchange(pending_, {})) {
                update(changes);
            }
        }
        return *channel_;
    }

    /// The number of the session, for the targets of clients.
    uint64_t id() {
        detail::Channel& channel = open();
        const std::string status = detail::copied([&](char* text, std::size_t room, std::size_t* needed) {
            return dovetail_status(channel.session(), text, room, needed);
        });
        return Json::parse(status).at("id").get<uint64_t>();
    }

    template <class Ready> void run(const Json& config, Ready ready) {
        detail::Channel& channel = open();
        const std::string text = config.dump();
        auto operation = channel.operation([&](uint64_t key) {
            return dovetail_serve(channel.session(), key, text.data(), text.size());
        });
        try {
            operation->wait([&](const detail::Event& event) {
                if (event.kind == DOVETAIL_EVENT_READY) {
                    ready(detail::parse(event.payload).value("url", ""));
                }
            });
        } catch (const DovetailError& error) {
            // Being closed is how serving ends.
            if (error.code() != DOVETAIL_ERROR_CLOSED) {
                throw;
            }
        }
    }

    void arrived(const detail::Event& call) override {
        const std::lock_guard<std::mutex> lock(live_mutex_);
        live_.emplace(call.key, std::make_shared<detail::CallState>());
    }

    void cancelled(uint64_t call) override {
        const std::lock_guard<std::mutex> lock(live_mutex_);
        const auto found = live_.find(call);
        if (found != live_.end()) {
            found->second->cancel(channel_->session());
        }
    }

    void closed() override {
        const std::lock_guard<std::mutex> lock(live_mutex_);
        for (const auto& entry : live_) {
            entry.second->cancel(channel_->session());
        }
    }

    void serve(detail::Event& event) override {
        if (event.kind == DOVETAIL_EVENT_INTERCEPT) {
            layers_.at(static_cast<std::size_t>(event.code)).run(*channel_, event);
        } else {
            handle(event);
        }
    }

    /// Runs one handler. Nothing leaves it: a failure is an answer as well.
    void handle(const detail::Event& call) {
        const auto state = state_of(call.key);
        Context context(*channel_, call.key, *state);
        const auto handler = handlers_.find(call.code);
        const bool reports = handler && handler->reports;
        try {
            if (!handler) {
                throw DovetailError("internal", "what was called has been removed meanwhile");
            }
            detail::Reply reply = handler->target(detail::parse(call.payload), context);
            const uint32_t shape = reply.shape;
            channel_->reply(call.key, shape, std::move(reply).bytes());
        } catch (const Suspended&) {
            channel_->fail(call.key, detail::failure("suspended"));
        } catch (const DovetailError& error) {
            channel_->fail(call.key, reports ? detail::failure(error.what()) : detail::refusal(error));
        } catch (const std::exception& error) {
            channel_->fail(call.key, reports ? detail::failure(error.what()) : detail::unexpected(error.what()));
        } catch (...) {
            channel_->fail(call.key, reports ? detail::failure("the handler failed") : detail::unexpected(""));
        }
        const std::lock_guard<std::mutex> lock(live_mutex_);
        live_.erase(call.key);
    }

    std::shared_ptr<detail::CallState> state_of(uint64_t call) {
        const std::lock_guard<std::mutex> lock(live_mutex_);
        return live_.at(call);
    }

    Json config_;
    std::vector<Layer> layers_;
    /// Changes from before the opening.
    std::vector<Json> pending_;
    detail::HandlerTable handlers_;
    /// Guards the opening; `channel_` stays as it is afterwards.
    std::mutex mutex_;
    std::unique_ptr<detail::Channel> channel_;
    /// What `exchange` answers to, while it lives.
    std::unique_ptr<detail::Channel::Operation> rules_;
    std::size_t workers_ = detail::Crew::default_limit();
    std::mutex live_mutex_;
    std::unordered_map<uint64_t, std::shared_ptr<detail::CallState>> live_;
};

} // namespace dovetail

#endif
