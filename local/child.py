"""Become another program that ends with its parent and that PostgreSQL does not take for root.

Run as a script: `python child.py PARENT SIGNAL UID GID PROGRAM ARGUMENT...`.
"""

import ctypes
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION = 0x20080522


def command(death_signal: int, program: list[str], owner: tuple[int, int] | None = None) -> list[str]:
    """The command line that runs `program` as a child of this process, as `owner` when given."""
    uid, gid = owner or (os.geteuid(), os.getegid())
    wrapper = [sys.executable, "-I", "-S", str(Path(__file__).resolve())]
    return [*wrapper, str(os.getpid()), str(int(death_signal)), str(uid), str(gid), *program]


def _leave_root(libc: ctypes.CDLL, uid: int, gid: int) -> None:
    """Take another user's id, and keep the right to walk through folders that are root's alone.

    Without that one right neither the programs nor the data could lie below /root.
    Where a container has taken it away, the rest still works if the folders are readable.
    """
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    right = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    libc.capset(header, (ctypes.c_uint32 * 6)(right, right, right, 0, 0, 0))
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def _end_with(libc: ctypes.CDLL, parent: int, death_signal: int) -> None:
    """Have the kernel send `death_signal` when the parent dies; leave at once if it has died already."""
    libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: list[str]) -> None:
    """Change user, bind to the parent, become the program."""
    parent, death_signal, uid, gid = map(int, arguments[:4])
    program = arguments[4:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if uid != os.geteuid():
            _leave_root(libc, uid, gid)
        _end_with(libc, parent, death_signal)  # after the change of user, which clears it
    elif uid != os.geteuid():
        os.setgid(gid)
        os.setuid(uid)
    os.execv(program[0], program)  # noqa: S606 the whole point of this file


if __name__ == "__main__":
    main(sys.argv[1:])
