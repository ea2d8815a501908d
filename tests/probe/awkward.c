/* SPDX-License-Identifier: MIT
 *
 * awkward.c -- programs of kinds that are hard to follow; each stops as it should.
 * usage: awkward daemon|hermit|exec|threads|calls [COUNT [and-end]]|deaf|leaves|listens|pair|absent
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "controls/control.h"

static int serve(void)
{
    catch_term(on_stop);
    say("ready\n");
    wait_for_stop();
    return 0;
}

static int become_daemon(void)
{
    if (fork() != 0) {
        _exit(0);
    }
    (void)setsid();
    if (fork() != 0) {
        _exit(0);
    }
    return serve();
}

/* A daemon that keeps nothing of the environment that it was started in. */
static int become_hermit(char **argv)
{
    char serve_word[] = "serve", *nothing[] = { NULL };
    char *words[] = { argv[0], serve_word, argv[2], NULL };
    if (fork() != 0) {
        _exit(0);
    }
    (void)setsid();
    (void)execve("/proc/self/exe", words, nothing);
    return 2;
}

static int leave_file(const char *path)
{
    (void)close(open(path, O_CREAT | O_WRONLY, 0644));
    return serve();
}

static void bind_to(int kind, int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, kind, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)bind(fd, (const struct sockaddr *)&address, sizeof address);
    (void)listen(fd, 4);
}

static int listen_everywhere(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/tmp/awkward.socket" };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)unlink(address.sun_path);
    bind_to(SOCK_STREAM, 8080);
    bind_to(SOCK_DGRAM, 8081);
    (void)bind(fd, (const struct sockaddr *)&address, sizeof address);
    (void)listen(fd, 4);
    return leave_file("/tmp/awkward.left");
}

/* Ends when its child does, which only a signal to the whole group brings about. */
static int be_pair(void)
{
    pid_t child = fork();
    if (child == 0) {
        return serve();
    }
    catch_term(on_stop);
    while (waitpid(child, NULL, 0) != child) {
    }
    return 0;
}

static void *wait_for_main(void *gate)
{
    (void)pthread_barrier_wait(gate);
    (void)pthread_barrier_wait(gate);
    return NULL;
}

static int make_threads(void)
{
    pthread_t threads[64];
    pthread_barrier_t gate;
    sigset_t term;
    (void)sigemptyset(&term);
    (void)sigaddset(&term, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &term, NULL);
    (void)pthread_barrier_init(&gate, NULL, 65);
    for (int i = 0; i < 64; i++) {
        if (pthread_create(&threads[i], NULL, wait_for_main, &gate) != 0) {
            return 2;
        }
    }
    (void)pthread_barrier_wait(&gate);
    say("ready\n");
    int signo = 0;
    (void)sigwait(&term, &signo);
    (void)pthread_barrier_wait(&gate);
    for (int i = 0; i < 64; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    return 0;
}

static int make_calls(int count, bool then_end)
{
    for (int i = 0; i < count; i++) {
        (void)getppid();
    }
    return then_end ? 0 : serve();
}

static int be_deaf(void)
{
    (void)signal(SIGTERM, SIG_IGN);
    say("ready\n");
    for (;;) {
        (void)pause();
    }
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    if (strcmp(kind, "daemon") == 0) {
        return become_daemon();
    }
    if (strcmp(kind, "hermit") == 0) {
        return become_hermit(argv);
    }
    if (strcmp(kind, "leaves") == 0) {
        return leave_file("/tmp/awkward.left");
    }
    if (strcmp(kind, "listens") == 0) {
        return listen_everywhere();
    }
    if (strcmp(kind, "pair") == 0) {
        return be_pair();
    }
    if (strcmp(kind, "exec") == 0) {
        char again[] = "serve";
        char *words[] = { argv[0], again, NULL };
        (void)execv("/proc/self/exe", words);
        return 2;
    }
    if (strcmp(kind, "serve") == 0) {
        return serve();
    }
    if (strcmp(kind, "threads") == 0) {
        return make_threads();
    }
    if (strcmp(kind, "calls") == 0) {
        return make_calls(argc > 2 ? atoi(argv[2]) : 10000, argc > 3);
    }
    if (strcmp(kind, "deaf") == 0) {
        return be_deaf();
    }
    return 3;
}
