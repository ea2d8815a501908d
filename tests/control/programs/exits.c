/* SPDX-License-Identifier: MIT
 *
 * Ends in the way that its argument names, and prints what runs then, in order: natively and under
 * control the same.
 */
#include "common.h"

#include <dlfcn.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static void say(const char *text)
{
    MUST(write(1, text, strlen(text)) == (ssize_t)strlen(text) && write(1, "\n", 1) == 1);
}

static void first(void)
{
    say("atexit: registered first");
}

static void second(void)
{
    say("atexit: registered second");
}

static void registers(void)
{
    say("atexit: registers another");
    OK(atexit(second));
}

static void exits_again(void)
{
    say("atexit: calls exit itself");
    exit(7);
}

static void status_handler(int status, void *argument)
{
    char text[64];
    (void)snprintf(text, sizeof text, "on_exit: %d %s", status, (const char *)argument);
    say(text);
}

static void quick_one(void)
{
    say("at_quick_exit: registered first");
}

static void quick_two(void)
{
    say("at_quick_exit: registered second");
}

static void on_abort(int signo)
{
    (void)signo;
    say("handler of SIGABRT");
}

static void key_destructor(void *value)
{
    say((const char *)value);
}

static void prepare(void)
{
    say("fork: before");
}

static int parents; /* said later: the child prints at the same time */

static void parent(void)
{
    parents++;
}

static void child(void)
{
    say("fork: in the child");
}

static pthread_key_t key;

__attribute__((destructor)) static void destructor(void)
{
    say("destructor of the program");
}

static void *exits(void *argument)
{
    OK(pthread_setspecific(key, "destructor of a key, in the thread that exits"));
    exit(argument != NULL ? 6 : 5);
}

static void *lives(void *unused)
{
    for (;;) {
        (void)sleep(1000);
    }
    return unused;
}

static void *ends(void *unused)
{
    OK(pthread_setspecific(key, "destructor of a key, in the thread that ends"));
    say("thread ends");
    return unused;
}

static void await_child(pid_t pid)
{
    int status = -1;
    char text[64];
    MUST(waitpid(pid, &status, 0) == pid);
    (void)snprintf(text, sizeof text, "child: status %d, forks %d", WEXITSTATUS(status), parents);
    say(text);
}

static void make_children(void)
{
    char *arguments[] = { "sh", "-c", "exit 3", NULL };
    pid_t pid;
    OK(pthread_atfork(prepare, parent, child));
    pid = fork();
    if (pid == 0) {
        say("child of fork");
        thread_join(thread_start(ends, NULL));
        exit(4);
    }
    await_child(pid);
    pid = vfork();
    if (pid == 0) {
        _exit(2);
    }
    await_child(pid);
    OK(posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ));
    await_child(pid);
    OK(posix_spawnp(&pid, "sh", NULL, NULL, arguments, environ));
    await_child(pid);
    MUST(system("exit 6") == 6 << 8);
    FILE *stream = popen("echo from popen", "r");
    char line[64] = "";
    MUST(stream != NULL && fgets(line, sizeof line, stream) != NULL);
    MUST(pclose(stream) == 0);
    line[strcspn(line, "\n")] = '\0';
    say(line);
    MUST(execl("/nonexistent", "x", (char *)NULL) == -1 && errno == ENOENT);
    say("exec failed");
}

static void plugin(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW);
    if (handle == NULL) {
        say(dlerror());
        exit(9);
    }
    int (*work)(void) = (int (*)(void))dlsym(handle, "plugin_work");
    MUST(work != NULL && work() == 3);
    OK(dlclose(handle));
    say("closed");
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    OK(pthread_key_create(&key, key_destructor));
    OK(atexit(first));
    OK(on_exit(status_handler, "argument"));
    OK(at_quick_exit(quick_one));
    OK(at_quick_exit(quick_two));
    OK(atexit(registers));
    OK(pthread_setspecific(key, "destructor of a key, in main"));
    if (strcmp(what, "return") == 0) {
        return 1;
    } else if (strcmp(what, "exit") == 0) {
        exit(2);
    } else if (strcmp(what, "again") == 0) {
        OK(atexit(exits_again));
        exit(3);
    } else if (strcmp(what, "quick") == 0) {
        quick_exit(4);
    } else if (strcmp(what, "_exit") == 0) {
        _exit(5);
    } else if (strcmp(what, "_Exit") == 0) {
        _Exit(6);
    } else if (strcmp(what, "abort") == 0) {
        MUST(signal(SIGABRT, on_abort) != SIG_ERR);
        abort();
    } else if (strcmp(what, "thread") == 0) {
        (void)thread_start(exits, NULL);
        (void)lives(NULL);
    } else if (strcmp(what, "main-first") == 0) {
        OK(pthread_setspecific(key, NULL));
        (void)thread_start(ends, NULL);
        pthread_exit(NULL);
    } else if (strcmp(what, "live") == 0) {
        (void)thread_start(lives, NULL);
        return 8;
    } else if (strcmp(what, "children") == 0) {
        make_children();
    } else if (strcmp(what, "plugin") == 0 && argc > 2) {
        plugin(argv[2]);
    } else if (strcmp(what, "exec") == 0) {
        (void)execlp("sh", "sh", "-c", "echo another program; exit 11", (char *)NULL);
    }
    return 0;
}
