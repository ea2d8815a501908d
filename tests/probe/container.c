/* SPDX-License-Identifier: MIT
 *
 * container.c -- runs a program as a container engine does by default: PID 1 of its own namespaces,
 * with few capabilities, and a filter that refuses new namespaces and mounts.
 * usage: container PROGRAM ARGUMENT...     (as root; 77 if the machine refuses)
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOAD(field)                                                                                \
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE(nr, error)                                                                          \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), RETURN(SECCOMP_RET_ERRNO | (error))

#define NEW_NAMESPACES                                                                             \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |  \
     CLONE_NEWNET)

/* What Docker's default profile refuses to those without CAP_SYS_ADMIN, as far as it matters here:
 * clone3 is "not there", for its flags are behind a pointer; of personality few values pass. */
static int filter_install(void)
{
    struct sock_filter code[] = {
        LOAD(nr),
        REFUSE(SYS_unshare, EPERM),
        REFUSE(SYS_setns, EPERM),
        REFUSE(SYS_mount, EPERM),
        REFUSE(SYS_umount2, EPERM),
        REFUSE(SYS_pivot_root, EPERM),
        REFUSE(SYS_move_mount, EPERM),
        REFUSE(SYS_open_tree, EPERM),
        REFUSE(SYS_bpf, EPERM),
        REFUSE(SYS_perf_event_open, EPERM),
        REFUSE(SYS_userfaultfd, EPERM),
        REFUSE(SYS_keyctl, EPERM),
        REFUSE(SYS_clone3, ENOSYS),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 5),
        RETURN(SECCOMP_RET_ERRNO | EPERM),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_personality, 0, 3),
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffffu, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
        RETURN(SECCOMP_RET_ALLOW),
        RETURN(SECCOMP_RET_ERRNO | EPERM),
    };
    struct sock_fprog program = { .len = sizeof code / sizeof *code, .filter = code };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int capabilities_drop(void)
{
    static const int kept[] = { CAP_CHOWN,       CAP_DAC_OVERRIDE,    CAP_FSETID,     CAP_FOWNER,
                                CAP_MKNOD,       CAP_NET_RAW,         CAP_SETGID,     CAP_SETUID,
                                CAP_SETFCAP,     CAP_SETPCAP,         CAP_SYS_CHROOT, CAP_KILL,
                                CAP_AUDIT_WRITE, CAP_NET_BIND_SERVICE };
    uint64_t mask = 0;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        mask |= UINT64_C(1) << kept[i];
    }
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++) {
        if (!((mask >> capability) & 1u)) {
            (void)prctl(PR_CAPBSET_DROP, capability);
        }
    }
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2] = { 0 };
    for (int half = 0; half < 2; half++) {
        uint32_t bits = (uint32_t)(mask >> (32 * half));
        data[half].effective = data[half].permitted = data[half].inheritable = bits;
    }
    return (int)syscall(SYS_capset, &header, data);
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc < 2) {
        return 2;
    }
    if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) {
        perror("container: unshare");
        return 77;
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, 9);
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0 ||
            filter_install() != 0 || capabilities_drop() != 0) {
            perror("container");
            _exit(77);
        }
        (void)execvp(argv[1], argv + 1);
        perror("container: exec");
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        return 77;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
