"""Becomes another user, ties itself to its parent's life, and then becomes the given program.

Run as a script by path (`python -I -S launcher.py ...`), because a `preexec_fn` may deadlock in a process that has
threads. Everything is imported before the user changes: an interpreter below /root is out of reach afterwards.

    launcher.py run UID GID PARENT_PID SIGNAL PROGRAM [ARGUMENT...]
    launcher.py probe UID GID FOLDER...    exit status 0 = that user can enter and list them all

`exec` keeps the process id, so the program is a direct child of whoever started the launcher.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

# linux/prctl.h
PR_SET_PDEATHSIG = 1
# sysexits.h EX_OSERR, EX_NOPERM: the account cannot be taken on / the folder cannot be entered
CANNOT_BECOME = 71
CANNOT_ENTER = 77


def become(uid: int, gid: int) -> None:
    """Drops to an account for good; nothing to do where the process already is that account."""
    if os.geteuid() == uid:
        return
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        sys.stderr.write(f"cannot run as user id {uid}: {error}\n")
        sys.exit(CANNOT_BECOME)


def die_with(parent: int, number: int) -> None:
    """Asks the kernel for a signal when the parent ends, and leaves at once if it already has."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)


def main(arguments: list[str]) -> None:
    verb, uid, gid, *rest = arguments
    become(int(uid), int(gid))
    if verb == "probe":
        sys.exit(0 if all(os.access(folder, os.R_OK | os.X_OK) for folder in rest) else CANNOT_ENTER)
    parent, number, *program = rest
    # A shell's background job starts with SIGINT ignored, and that would outlive exec.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # After the change of user, which clears it.
    die_with(int(parent), int(number))
    os.execv(program[0], program)  # noqa: S606  (a fixed argument list, no shell)


if __name__ == "__main__":
    main(sys.argv[1:])
