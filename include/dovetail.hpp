// Dovetail for C++17: servers and clients of the Model Context Protocol, header only, over the C interface.
//
//     dovetail::Server server("demo");
//     server.tool("add", "Add two numbers", schema,
//                 [](const dovetail::Json& in) { return in["a"].get<int>() + in["b"].get<int>(); });
//     server.serve_stdio();
//
// Link with libdovetail_c. JSON values are those of nlohmann/json where it is installed, otherwise of a small type of our
// own; see dovetail/json.hpp.
// Threads: every public function may be called from any thread. Handlers run on a bounded pool of the server's own
// threads, progress callbacks on the thread that called.
#ifndef DOVETAIL_HPP
#define DOVETAIL_HPP

#include "dovetail/cancel.hpp"
#include "dovetail/client.hpp"
#include "dovetail/content.hpp"
#include "dovetail/context.hpp"
#include "dovetail/error.hpp"
#include "dovetail/exchange.hpp"
#include "dovetail/layer.hpp"
#include "dovetail/listening.hpp"
#include "dovetail/log.hpp"
#include "dovetail/options.hpp"
#include "dovetail/questions.hpp"
#include "dovetail/server.hpp"
#include "dovetail/types.hpp"

#endif
