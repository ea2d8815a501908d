/* SPDX-License-Identifier: MIT
 *
 * leaves_file.c -- ends with a file, in a directory, left behind in its TMPDIR.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    const char *directory = getenv("TMPDIR");
    if (directory == NULL || chdir(directory) != 0 || mkdir("left-behind", 0700) != 0) {
        return 1;
    }
    return open("left-behind/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ? 0 : 1;
}
