// What tools, prompts and resources are made of.
#ifndef DOVETAIL_CONTENT_HPP
#define DOVETAIL_CONTENT_HPP

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base64.hpp"
#include "error.hpp"

namespace dovetail {

/// The contents of a resource: text or bytes. Without a URI or a media type a server's handler gives those of the
/// resource that is being read.
struct Contents {
    static Contents of_text(std::string text, std::string mime_type = "", std::string uri = "") {
        return {std::move(uri), std::move(mime_type), std::move(text), std::nullopt};
    }
    static Contents of_bytes(Bytes bytes, std::string mime_type = "", std::string uri = "") {
        return {std::move(uri), std::move(mime_type), std::string(), std::move(bytes)};
    }

    std::string uri;
    std::string mime_type;
    std::string text;
    /// Set when the contents are bytes; `text` is empty then.
    std::optional<Bytes> bytes;

    friend void to_json(Json& json, const Contents& contents) {
        json = Json::object();
        if (!contents.uri.empty()) {
            json["uri"] = contents.uri;
        }
        if (!contents.mime_type.empty()) {
            json["mimeType"] = contents.mime_type;
        }
        if (contents.bytes) {
            json["blob"] = detail::base64(*contents.bytes);
        } else {
            json["text"] = contents.text;
        }
    }
    friend void from_json(const Json& json, Contents& contents) {
        contents = of_text(json.value("text", ""), json.value("mimeType", ""), json.value("uri", ""));
        if (json.contains("blob")) {
            contents.bytes = detail::from_base64(json["blob"].get<std::string>());
        }
    }
};

/// One block of what a tool, a prompt or a model says.
class Content {
public:
    /// Nothing: an empty text.
    Content() : Content(of("text", {{"text", ""}})) {}
    /// A block in the terms of the specification.
    explicit Content(Json block) : block_(std::move(block)) {}

    static Content text(const std::string& text) { return Content(of("text", {{"text", text}})); }
    static Content image(const Bytes& bytes, const std::string& mime_type) {
        return Content(of("image", {{"data", detail::base64(bytes)}, {"mimeType", mime_type}}));
    }
    static Content audio(const Bytes& bytes, const std::string& mime_type) {
        return Content(of("audio", {{"data", detail::base64(bytes)}, {"mimeType", mime_type}}));
    }
    /// A resource with its contents, which must have a URI.
    static Content resource(const Contents& contents) { return Content(of("resource", {{"resource", contents}})); }
    /// A resource by its URI.
    static Content link(const std::string& uri, const std::string& name, const std::string& mime_type = "") {
        Json block = of("resource_link", {{"uri", uri}, {"name", name}});
        if (!mime_type.empty()) {
            block["mimeType"] = mime_type;
        }
        return Content(std::move(block));
    }

    /// For whom and how important it is, in the terms of the specification.
    Content& with_annotations(Json annotations) { return block_["annotations"] = std::move(annotations), *this; }

    /// `text`, `image`, `audio`, `resource` or `resource_link`.
    std::string type() const { return block_.value("type", ""); }
    /// The text; empty for anything but a text.
    std::string as_text() const { return type() == "text" ? block_.value("text", "") : std::string(); }
    /// The bytes of an image or a sound.
    Bytes as_bytes() const { return detail::from_base64(block_.value("data", "")); }
    /// The whole block.
    const Json& raw() const { return block_; }

    friend void to_json(Json& json, const Content& content) { json = content.block_; }
    friend void from_json(const Json& json, Content& content) { content.block_ = json; }

private:
    static Json of(const char* type, Json members) {
        members["type"] = type;
        return members;
    }

    Json block_;
};

/// A handler's answer that is more than a value: any content, beside structured content, or an error that the
/// model sees. A handler may also return one Content, or a vector of them.
struct ToolResult {
    explicit ToolResult(std::vector<Content> content = {}) : content(std::move(content)) {}

    /// A failure in words, for the model.
    static ToolResult error(const std::string& text) {
        ToolResult result({Content::text(text)});
        result.is_error = true;
        return result;
    }

    std::vector<Content> content;
    /// Null: none.
    Json structured;
    bool is_error = false;
    /// Members for the client program, not for the model; null: none.
    Json meta;

    ToolResult& with_structured(Json value) { return structured = std::move(value), *this; }
    ToolResult& with_meta(Json value) { return meta = std::move(value), *this; }

    friend void to_json(Json& json, const ToolResult& result) {
        json = {{"content", result.content}};
        if (!result.structured.is_null()) {
            json["structuredContent"] = result.structured;
        }
        if (result.is_error) {
            json["isError"] = true;
        }
        if (!result.meta.is_null()) {
            json["_meta"] = result.meta;
        }
    }
};

/// A handler's answer that is a whole result in the terms of the specification, instead of a plain value.
struct Whole {
    Json result;
};

/// One message of a prompt.
struct PromptMessage {
    static PromptMessage user(Content content) { return {"user", std::move(content)}; }
    static PromptMessage user(const std::string& text) { return user(Content::text(text)); }
    static PromptMessage assistant(Content content) { return {"assistant", std::move(content)}; }
    static PromptMessage assistant(const std::string& text) { return assistant(Content::text(text)); }

    /// `user` or `assistant`.
    std::string role;
    Content content;

    friend void to_json(Json& json, const PromptMessage& message) {
        json = {{"role", message.role}, {"content", message.content}};
    }
    friend void from_json(const Json& json, PromptMessage& message) {
        message = {json.value("role", ""), Content(json.value("content", Json::object()))};
    }
};

} // namespace dovetail

#endif
