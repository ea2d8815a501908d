/* SPDX-License-Identifier: MIT
 *
 * Child processes: every way to wait for them, SIGCHLD, a signal that a child sends, and what the
 * shell's children inherit.  Prints what came of it; no process numbers.
 */
#include "common.h"

#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile sig_atomic_t handled;
static siginfo_t last;
static sem_t posted;

static void on_child(int signo, siginfo_t *info, void *context)
{
    (void)signo;
    (void)context;
    handled++;
    last = *info;
}

static void on_user(int signo)
{
    (void)signo;
    (void)sem_post(&posted);
}

static pid_t child(int status)
{
    pid_t pid = fork();
    MUST(pid >= 0);
    if (pid == 0) {
        _exit(status);
    }
    return pid;
}

static void say(const char *what, pid_t result, pid_t expected, int status)
{
    int error = errno;
    printf("%s: %s, status %d\n", what, result == expected ? "the child" : strerror(error),
           result == expected ? WEXITSTATUS(status) : -1);
}

static void all_ways(void)
{
    struct rusage usage;
    siginfo_t info = { .si_pid = 0 };
    int status = 0;
    pid_t pid = child(3);
    say("waitpid", waitpid(pid, &status, 0), pid, status);
    say("waitpid again", waitpid(pid, &status, 0), pid, status);
    say("wait for none", wait(&status), pid, status);
    pid = child(4);
    say("wait", wait(&status), pid, status);
    pid = child(5);
    say("wait3", wait3(&status, 0, &usage), pid, status);
    pid = child(6);
    say("wait4", wait4(-1, &status, 0, &usage), pid, status);
    pid = child(7);
    OK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
    printf("waitid: %d, status %d\n", info.si_pid == pid, info.si_status);
    OK(waitid(P_ALL, 0, &info, WEXITED));
    printf("waitid again: %d\n", waitid(P_ALL, 0, &info, WEXITED));
}

static void signals_of_children(void)
{
    struct sigaction action = { .sa_sigaction = on_child, .sa_flags = SA_SIGINFO };
    sigset_t set;
    sigset_t none;
    siginfo_t info;
    int status = 0;
    OK(sigaction(SIGCHLD, &action, NULL));
    pid_t pid = child(9);
    say("waitpid that SIGCHLD interrupts", waitpid(pid, &status, 0), pid, status);
    printf("handled %d, code %d, status %d\n", handled, last.si_code, last.si_status);
    OK(sigemptyset(&none));
    OK(sigemptyset(&set));
    OK(sigaddset(&set, SIGCHLD));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    pid = child(10);
    MUST(sigwaitinfo(&set, &info) == SIGCHLD);
    printf("sigwaitinfo: %d, status %d\n", info.si_pid == pid, info.si_status);
    say("waitpid", waitpid(pid, &status, WNOHANG), pid, status);
    pid = child(11);
    MUST(sigsuspend(&none) == -1 && errno == EINTR);
    say("sigsuspend", waitpid(pid, &status, WNOHANG), pid, status);
    OK(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
    MUST(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    pid = child(12);
    say("ignored", waitpid(pid, &status, 0), pid, status);
    MUST(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
}

/* A signal that really comes from outside. */
static void signal_of_child(void)
{
    struct sigaction action = { .sa_handler = on_user };
    pid_t parent = getpid();
    OK(sigaction(SIGUSR1, &action, NULL));
    pid_t pid = fork();
    if (pid == 0) {
        OK(kill(parent, SIGUSR1));
        _exit(0);
    }
    while (sem_wait(&posted) != 0) {
        MUST(errno == EINTR);
    }
    MUST(waitpid(pid, NULL, 0) == pid);
    printf("posted\n");
}

static void *waits(void *pid)
{
    int status = 0;
    say("another thread", waitpid(*(pid_t *)pid, &status, 0), *(pid_t *)pid, status);
    return NULL;
}

/* What a child finds in /proc: signal 12, which we block, and nothing that the runtime needs. */
#define MASKS "grep -E '^Sig(Blk|Ign)' /proc/self/status"

static void commands(void)
{
    char line[128];
    sigset_t set;
    OK(sigemptyset(&set));
    OK(sigaddset(&set, SIGUSR2));
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
    printf("system: %d, %d\n", WEXITSTATUS(system("exit 5")), system(NULL));
    FILE *stream = popen(MASKS, "r");
    while (fgets(line, sizeof line, stream) != NULL) {
        printf("%s", line);
    }
    printf("pclose: %d\n", pclose(stream));
    OK(system(MASKS));
    OK(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}

int main(void)
{
    OK(setvbuf(stdout, NULL, _IONBF, 0));
    OK(sem_init(&posted, 0, 0));
    all_ways();
    signals_of_children();
    signal_of_child();
    pid_t pid = child(13);
    thread_join(thread_start(waits, &pid));
    commands();
    char *arguments[] = { "sh", "-c", MASKS, NULL };
    return execv("/bin/sh", arguments);
}
