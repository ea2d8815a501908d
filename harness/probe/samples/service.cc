// SPDX-License-Identifier: MIT
//
// service.cc -- a small service in C++: a socket, worker threads, a pid file; stops at TERM by sigwait.
#include <arpa/inet.h>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

static const char pid_file[] = "/run/probe/service.pid";

static void serve(int listener)
{
    for (;;) {
        int connection = accept(listener, nullptr, nullptr);
        if (connection < 0) {
            return;
        }
        (void)!write(connection, "hello\n", 6);
        close(connection);
    }
}

int main()
{
    sigset_t term;
    sigemptyset(&term);
    sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, nullptr);

    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(8080);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || listen(listener, 16) != 0) {
        perror("service");
        return 1;
    }
    std::ofstream(pid_file) << getpid() << '\n';
    std::vector<std::thread> workers;
    for (int i = 0; i < 4; i++) {
        workers.emplace_back(serve, listener);
    }
    int signo = 0;
    sigwait(&term, &signo);
    shutdown(listener, SHUT_RDWR);
    for (std::thread &worker : workers) {
        worker.join();
    }
    unlink(pid_file);
    return 0;
}
