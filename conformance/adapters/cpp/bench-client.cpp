// The client of the benchmark, on the C++ surface: `bench-client URL` or `bench-client -- command arguments…`. A line
// `run CALLS IN_FLIGHT` on standard input makes so many calls, at most so many at a time.
#include <atomic>
#include <cstring>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dovetail.hpp"

using dovetail::Client;

namespace {

const std::string text = "abcdefghijklmnopqrstuvwxyz012345";

std::unique_ptr<Client> connect(int argc, char** argv) {
    if (std::strcmp(argv[1], "--") == 0) {
        return std::make_unique<Client>(dovetail::Command(argv[2], std::vector<std::string>(argv + 3, argv + argc)));
    }
    return std::make_unique<Client>(std::string(argv[1]));
}

/// Calls until the counter is used up, and stops at the first wrong answer.
void call(Client& client, std::atomic<long>& left, std::atomic<bool>& wrong) {
    try {
        while (!wrong && left-- > 0) {
            wrong = wrong || client.call("echo", {{"text", text}}).as<std::string>() != text;
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        wrong = true;
    }
}

bool run(Client& client, long calls, int in_flight) {
    std::atomic<long> left{calls};
    std::atomic<bool> wrong{false};
    std::vector<std::thread> threads;
    for (int i = 1; i < in_flight; ++i) {
        threads.emplace_back([&] { call(client, left, wrong); });
    }
    call(client, left, wrong);
    for (std::thread& thread : threads) {
        thread.join();
    }
    return !wrong;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2 || (std::strcmp(argv[1], "--") == 0 ? argc < 3 : argc != 2)) {
        std::cerr << "usage: bench-client URL | bench-client -- command arguments…\n";
        return 2;
    }
    try {
        const auto client = connect(argc, argv);
        std::cout << "ready" << std::endl;
        long calls = 0;
        int in_flight = 0;
        for (std::string word; std::cin >> word >> calls >> in_flight;) {
            if (!run(*client, calls, in_flight)) {
                std::cerr << "a call was answered wrongly\n";
                return 1;
            }
            std::cout << "done " << calls << std::endl;
        }
        return 0;
    } catch (const dovetail::DovetailError& error) {
        std::cerr << "error: " << error.what() << "\n";
        return 1;
    }
}
