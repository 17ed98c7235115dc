#include <dovetail.hpp>
#include <iostream>

int main(int, char** argv) {
    dovetail::Client client{dovetail::Command(argv[1])}; // or client("http://127.0.0.1:8000/mcp")
    std::cout << client.call("add", {{"a", 1}, {"b", 2}}).data << "\n";
}
