"""The inner side of a test run: namespaces, mounts, limits. Run as a script by `familiar_edits.isolate`; Linux >= 5.12.

    python -I -S sandbox.py SPEC.json

`method` in the spec is "namespaces" (all of this), "inside" (bubblewrap has built the view; limits only) or "plain" (a
plain process: limits, and an end to what it has started). For namespaces the order is what matters. New user, mount,
network, process and IPC namespaces; the whole file system read-only; temporary folders, the home folder and our own
folders hidden under empty ones; then what the run needs shown again at its own path (the copy of the repository at the
repository's path, the interpreter, ...); a small /dev; process 1, which mounts /proc, gives up every capability, starts
the tests in a session of their own, reaps, and watches memory and the number of processes. When process 1 ends, for
whatever reason, the kernel ends everything that the tests have started.

Exit status 0: the verdict file says how the command ended. 97: no namespaces here; the last line on stderr says why.
Standard library only, and no import of ours: it starts with `-I -S` in some 30 ms.
"""

# os.path: importing pathlib would cost a third of the start-up time.
# ruff: noqa: PTH101, PTH102, PTH103, PTH110, PTH112, PTH120, PTH123, PTH208, PTH211
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import stat
import struct
import sys
import time

NO_NAMESPACES = 97
_LEAST_PIDS = 302
"""The smallest `pid_max` that Linux takes, and one."""
_NEW = 0x10000000 | 0x00020000 | 0x40000000 | 0x20000000 | 0x08000000  # user, mount, net, pid, ipc
_BIND, _REC, _PRIVATE, _NOSUID, _NODEV, _NOEXEC = 4096, 16384, 1 << 18, 2, 4, 8
_MOUNT_SETATTR, _AT_RECURSIVE, _RDONLY = 442, 0x8000, 1
_DEATH_SIGNAL, _CAPBSET_DROP, _SECUREBITS, _SUBREAPER, _NO_NEW_PRIVS = 1, 24, 28, 36, 38
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttr(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "mode", "namespace")]


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    text = [None if x is None else os.fsencode(x) for x in (source, target, kind)]
    _check(_libc.mount(*text, flags, None if data is None else os.fsencode(data)), f"mount {target}")


def _read_only(path: str, on: bool, recursive: bool = False) -> None:
    attr = _MountAttr(set=_RDONLY if on else 0, clear=0 if on else _RDONLY)
    flags = _AT_RECURSIVE if recursive else 0
    _check(
        _libc.syscall(_MOUNT_SETATTR, -100, os.fsencode(path), flags, ctypes.byref(attr), ctypes.sizeof(attr)),
        f"mount_setattr {path}",
    )


def enter_namespaces() -> None:
    """Leave the user's namespaces, as the same user without any power outside the new ones."""
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(_NEW), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def build_view(binds: list[list[str]], hide: list[str], tmp_bytes: int, layers: str) -> None:
    """Make the file system that the tests see: all of it read-only, `hide` empty, `binds` shown at their targets.

    A bind is [source, target, "ro" | "rw" | "cow"]; "cow" keeps writes in a layer of its own under `layers`.
    """
    _mount("none", "/", None, _REC | _PRIVATE)
    _read_only("/", True, recursive=True)
    handles = {source: os.open(source, os.O_PATH) for source, _, _ in binds}  # before anything is hidden
    _mount(layers, layers, None, _BIND)
    _read_only(layers, False)
    layer_root = os.open(layers, os.O_PATH)
    _make_dev()
    steps: list[tuple[int, int, str, tuple[str, str] | None]] = [(path.count("/"), 0, path, None) for path in hide]
    steps += [(target.count("/"), 1, target, (source, mode)) for source, target, mode in binds]
    for number, (_, _, target, bind) in enumerate(sorted(steps, key=lambda s: s[:3])):
        if bind is None:
            if os.path.isdir(target):
                _mount("tmpfs", target, "tmpfs", _NOSUID | _NODEV, f"size={tmp_bytes},mode=1777")
        else:
            source, mode = bind
            _show(handles[source], target, mode, layer_root, number)
    for handle in (*handles.values(), layer_root):
        os.close(handle)


def _show(handle: int, target: str, mode: str, layer_root: int, number: int) -> None:
    folder = stat.S_ISDIR(os.fstat(handle).st_mode)
    if not os.path.lexists(target):
        os.makedirs(target if folder else os.path.dirname(target), exist_ok=True)
        if not folder:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(f"/proc/self/fd/{handle}", target, None, _BIND | _REC)
    if mode == "rw":
        _read_only(target, False)
    elif mode == "cow" and folder:
        _lay_over(target, layer_root, number)


def _lay_over(target: str, layer_root: int, number: int) -> None:
    """Let `target` be written to without touching it; where the kernel has no such mount it stays read-only."""
    base = f"/proc/self/fd/{layer_root}"
    upper, work = f"{base}/{number}-upper", f"{base}/{number}-work"
    try:
        os.mkdir(upper)
        os.mkdir(work)
        _mount("overlay", target, "overlay", _NOSUID | _NODEV,
               f"lowerdir={_escape(target)},upperdir={upper},workdir={work},userxattr")  # fmt: skip
    except OSError:
        return


def _escape(path: str) -> str:
    return path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def _make_dev() -> None:
    handles = {name: os.open(f"/dev/{name}", os.O_PATH) for name in _DEVICES if os.path.exists(f"/dev/{name}")}
    _mount("tmpfs", "/dev", "tmpfs", _NOSUID, "size=256m,mode=755")
    for name, handle in handles.items():
        os.close(os.open(f"/dev/{name}", os.O_CREAT | os.O_WRONLY, 0o666))
        _mount(f"/proc/self/fd/{handle}", f"/dev/{name}", None, _BIND)
        os.close(handle)
    for name, goal in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        os.symlink(goal, f"/dev/{name}")
    os.mkdir("/dev/shm")
    os.chmod("/dev/shm", 0o1777)
    os.mkdir("/dev/pts")
    try:
        _mount("devpts", "/dev/pts", "devpts", _NOSUID | _NOEXEC, "newinstance,ptmxmode=0666,mode=620")
        os.symlink("pts/ptmx", "/dev/ptmx")
    except OSError:
        return  # no pseudo-terminals then


def raise_loopback() -> None:
    """Bring 127.0.0.1 up: the one network that the tests have."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up, running


def _give_up_powers() -> None:
    for capability in range(64):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    _libc.prctl(_SECUREBITS, 0x2F, 0, 0, 0)  # root is nobody special from the next exec on, locked
    _check(_libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def _start(spec: dict) -> int:  # type: ignore[type-arg]
    """Start the command in a session of its own, under its limits; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        limits = spec["limits"]
        for kind, value in (
            (resource.RLIMIT_DATA, limits["memory"]),
            (resource.RLIMIT_FSIZE, limits["file"]),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(kind)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))
        os.chdir(spec["cwd"])
        if spec["method"] == "namespaces":
            _give_up_powers()
        os.execve(spec["argv"][0], spec["argv"], spec["env"])
    except OSError as error:
        os.write(2, f"cannot start {spec['argv'][0]}: {error}\n".encode())
    os._exit(127)


def _usage() -> tuple[int, int]:
    """Return (resident bytes, processes) of everything in this process namespace but process 1."""
    resident = processes = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit() and entry != "1":
            processes += 1
            try:
                with open(f"/proc/{entry}/statm") as file:
                    resident += int(file.read().split()[1])
            except (OSError, ValueError):
                continue
    return resident * os.sysconf("SC_PAGE_SIZE"), processes


def _reap(main: int) -> tuple[int | None, int]:
    """Reap what has ended; return the command's exit status (negative: the signal) once it is among it, and how many
    there were."""
    status, reaped = None, 0
    while True:
        try:
            pid, raw = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, reaped
        if pid == 0:
            return status, reaped
        reaped += 1
        if pid == main:
            status = os.waitstatus_to_exitcode(raw)


def watch(spec: dict, own_proc: bool) -> dict[str, object]:  # type: ignore[type-arg]
    """Start the command, reap, watch the limits; return the verdict when the command has ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    main = _start(spec)
    limits, next_look, ended = spec["limits"], time.monotonic(), 0
    while True:
        status, reaped = _reap(main)
        ended += reaped
        if own_proc and (status is not None or time.monotonic() >= next_look):
            # What ended since the last look counts as well: the kernel's bound may refuse forks, and with that end the
            # run and most of what it started, before this process is scheduled again.
            resident, processes = _usage()
            if processes + ended > limits["processes"]:  # asked first: many processes are why the memory ran out, too
                return {"status": -9, "limit": "processes"}
            if status is None and resident > 1.25 * limits["memory"]:  # one process alone gets a MemoryError before
                return {"status": -9, "limit": "memory"}
            next_look, ended = time.monotonic() + 0.1, 0
        if status is not None:
            return {"status": status, "limit": None}
        signal.sigtimedwait([signal.SIGCHLD], 0.1)


def be_init(spec: dict) -> dict[str, object]:  # type: ignore[type-arg]
    """Be process 1 of the new process namespace."""
    try:
        _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    except OSError:
        return watch(spec, own_proc=False)  # a container may forbid it; the limits of each process still hold
    _bound_forks(spec["limits"]["processes"])
    return watch(spec, own_proc=True)


def _bound_forks(processes: int) -> None:
    """Let the kernel refuse what forks faster than process 1 can look: threads count there too, so the bound is far
    above the limit. Since Linux 6.14 a process namespace has a `pid_max` of its own; before, it is the whole machine's.
    """
    try:
        if tuple(map(int, os.uname().release.split(".")[:2])) < (6, 14):
            return
        with open("/proc/sys/kernel/pid_max", "w") as file:
            file.write(str(max(_LEAST_PIDS, 8 * processes)))
    except (OSError, ValueError):
        return  # process 1 still looks ten times a second


def _end_descendants() -> int:
    """Kill whatever the command has left behind (it is ours by now: we are the subreaper)."""
    while True:
        found = False
        for entry in os.listdir("/proc"):
            if entry.isdigit() and _parent_of(entry) == os.getpid():
                found = True
                os.kill(int(entry), signal.SIGKILL)
        if not found:
            return 0
        _reap(0)


def _parent_of(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return None


def _isolated(spec: dict, verdict: int) -> int:  # type: ignore[type-arg]
    try:
        enter_namespaces()
        build_view(spec["binds"], spec["hide"], spec["limits"]["tmp"], spec["layers"])
        raise_loopback()
    except OSError as error:
        os.write(2, f"\n{error.strerror or error}\n".encode())
        return NO_NAMESPACES
    init = os.fork()
    if init == 0:
        _libc.prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        os.write(verdict, json.dumps(be_init(spec)).encode())
        os._exit(0)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(init, signal.SIGKILL))
    os.waitpid(init, 0)  # returns when every process of the namespace is gone
    return 0


def main() -> int:
    """Run the command as the spec says and write the verdict."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    method = spec["method"]
    if method != "inside":
        _libc.prctl(_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != spec["parent"]:
            return 1
    verdict = os.open(spec["verdict"], os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    if method == "namespaces":
        return _isolated(spec, verdict)
    _libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(_end_descendants()))
    os.write(verdict, json.dumps(watch(spec, own_proc=method == "inside")).encode())
    return _end_descendants()


if __name__ == "__main__":
    sys.exit(main())
