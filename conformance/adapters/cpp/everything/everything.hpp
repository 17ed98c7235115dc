// The parts of the server that the official conformance suite runs against. Names and texts are those that the suite
// asks for; nothing here knows a revision.
#ifndef DOVETAIL_EVERYTHING_HPP
#define DOVETAIL_EVERYTHING_HPP

#include <string>

#include "dovetail.hpp"

namespace everything {

/// A schema without arguments.
dovetail::Json nothing();
/// A schema of required members of one type each.
dovetail::Json object(const dovetail::Json& properties);

/// A red pixel.
const dovetail::Bytes& png();
dovetail::Content image();
dovetail::Content embedded(const std::string& uri, const std::string& mime_type, const std::string& text);
/// What a form was answered with, in words.
std::string spoken(const dovetail::Elicitation& answer);

void add_content(dovetail::Server& server);
void add_reporting(dovetail::Server& server);
void add_asking(dovetail::Server& server);
void add_rounds(dovetail::Server& server);
void add_resources(dovetail::Server& server);

} // namespace everything

#endif
