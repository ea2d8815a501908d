/* SPDX-License-Identifier: MIT
 *
 * C++: threads that start in libstdc++, function-local statics, condition variables, call_once, futures.
 */
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                           \
            std::_Exit(9);                                                                         \
        }                                                                                          \
    } while (0)

static std::mutex lock;
static std::condition_variable changed;
static bool go;
static std::atomic<int> made{ 0 };

struct Slow {
    Slow()
    {
        std::this_thread::yield();
        made++;
    }
};

static void worker()
{
    static Slow slow;
    std::unique_lock<std::mutex> held(lock);
#ifdef BAD
    if (!go) {
        changed.wait(held);
        changed.wait(held); /* the second time nobody notifies */
    }
#else
    changed.wait(held, [] { return go; });
#endif
}

int main()
{
    std::vector<std::thread> threads;
    std::once_flag once;
    for (int at = 0; at < 2; at++) {
        threads.emplace_back(worker);
    }
    {
        std::lock_guard<std::mutex> held(lock);
        go = true;
    }
    changed.notify_all();
    int tries = 0;
    for (int round = 0; round < 3; round++) {
        try {
            std::call_once(once, [&tries] {
                if (tries++ == 0) {
                    throw std::runtime_error("first try");
                }
            });
        } catch (const std::runtime_error &) {
        }
    }
    MUST(tries == 2);
    std::future<int> future = std::async(std::launch::async, [] { return 42; });
    MUST(future.get() == 42);
    for (std::thread &thread : threads) {
        thread.join();
    }
    MUST(made == 1);
    return 0;
}
