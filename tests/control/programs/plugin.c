/* SPDX-License-Identifier: MIT
 *
 * A host that loads the plugin which its argument names, and calls it.
 */
#include "common.h"

#include <dlfcn.h>

int main(int argc, char **argv)
{
    MUST(argc == 2);
    void *library = dlopen(argv[1], RTLD_NOW);
    MUST(library != NULL);
    int (*work)(void) = (int (*)(void))dlsym(library, "work");
    MUST(work != NULL);
    int result = work();
    OK(dlclose(library));
    return result;
}
