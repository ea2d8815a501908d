/* SPDX-License-Identifier: MIT
 *
 * C++'s own device of random numbers: its draws decide how many steps are taken.
 */
#include <cstdio>
#include <mutex>
#include <random>
#include <thread>

int main()
{
    std::mutex lock;
    std::random_device device;
    std::mt19937 generator(device());
    unsigned drawn = device() ^ static_cast<unsigned>(generator());
    std::printf("%u\n", drawn);
    std::thread thread([&] {
        for (unsigned left = drawn % 61; left > 0; left--) {
            std::lock_guard<std::mutex> held(lock);
        }
    });
    thread.join();
    return 0;
}
