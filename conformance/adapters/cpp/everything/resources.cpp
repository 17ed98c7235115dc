// Resources and prompts.
#include <vector>

#include "everything.hpp"

using namespace dovetail;

namespace everything {
namespace {

std::vector<std::string> complete(const Completing& completing) {
    std::vector<std::string> values;
    for (const std::string word : {"paris", "park", "party", "test", "testing"}) {
        if (word.compare(0, completing.value.size(), completing.value) == 0) {
            values.push_back(word);
        }
    }
    return values;
}

void add_prompts(Server& server) {
    server.prompt("test_simple_prompt", "A prompt without arguments", {},
                  [] { return std::string("This is a simple prompt for testing."); });
    server.prompt(
        "test_prompt_with_arguments", "A prompt with two arguments",
        {{"arg1", "First argument", true}, {"arg2", "Second argument", true}},
        [](const Json& in) {
            return "Prompt with arguments: arg1='" + in.value("arg1", "") + "', arg2='" + in.value("arg2", "") + "'";
        },
        PromptOptions().with_completer("arg1", complete).with_completer("arg2", complete));
    server.prompt("test_prompt_with_embedded_resource", "A prompt with a resource",
                  {{"resourceUri", "URI of the resource", true}}, [](const Json& in) {
                      return std::vector<PromptMessage>{
                          PromptMessage::user(embedded(in.value("resourceUri", ""), "text/plain",
                                                       "Embedded resource content for testing.")),
                          PromptMessage::user("Please process the embedded resource above.")};
                  });
    server.prompt("test_prompt_with_image", "A prompt with an image", {}, [] {
        return std::vector<PromptMessage>{PromptMessage::user(image()),
                                          PromptMessage::user("Please analyze the image above.")};
    });
}

} // namespace

void add_resources(Server& server) {
    const auto plain = [](const char* description) {
        return ResourceOptions().with_description(description).with_mime_type("text/plain");
    };
    server.resource(
        "test://static-text", "Static text",
        [] { return std::string("This is the content of the static text resource."); },
        plain("Text that never changes"));
    server.resource(
        "test://static-binary", "Static binary", [] { return png(); },
        ResourceOptions().with_description("Bytes that never change").with_mime_type("image/png"));
    server.resource(
        "test://watched-resource", "Watched", [] { return std::string("Watched resource content"); },
        plain("Can be subscribed to"));
    server.resource_template(
        "test://template/{id}/data", "Template",
        [](const Json& in) {
            const auto id = in.at("id").get<std::string>();
            return Json{{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}}.dump();
        },
        ResourceOptions().with_description("Data by id").with_mime_type("application/json"));
    add_prompts(server);
}

} // namespace everything
