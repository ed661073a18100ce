"""Submissions that end or use up what there is, to make the grading our fault (tests.hostile.forcing)."""

from tests.hostile.forcing import Row

ENDS = {
    "the control socket closed": Row(
        "crashed",
        """
        control.socket.close()
        """,
    ),
    "every descriptor closed": Row(
        "crashed",
        """
        os.closerange(0, 1000)
        """,
    ),
    "every descriptor closed by a function": Row(
        "crashed passed",
        """
        def one(x):
            os.closerange(0, 1000)
        """,
    ),
    "os.abort at import": Row(
        "crashed",
        """
        os.abort()
        """,
    ),
    "os.abort in a function": Row(
        "crashed passed",
        """
        def one(x): os.abort()
        """,
    ),
    "a fault in native code": Row(
        "crashed passed",
        """
        import ctypes
        def one(x): ctypes.string_at(0)
        """,
    ),
    "the stack overflows": Row(
        "passed timeout",
        """
        import threading
        sys.setrecursionlimit(10**9)
        def one(x): return one(x)
        """,
    ),
    "odd exit status": Row(
        "crashed passed",
        """
        def one(x): os._exit(70)
        def two(x): os._exit(255)
        """,
    ),
    "exit 70 at import": Row(
        "crashed",
        """
        os._exit(70)
        """,
    ),
    "killed by a real-time signal": Row(
        "crashed passed",
        """
        def one(x): os.kill(os.getpid(), 50); time.sleep(60)
        """,
    ),
    "stops itself": Row(
        "passed timeout",
        """
        def one(x): os.kill(os.getpid(), 19); return x
        """,
    ),
    "stops its whole group": Row(
        "passed timeout",
        """
        def one(x): os.killpg(0, 19); return x
        """,
    ),
    "stopped at import": Row(
        "timeout",
        """
        os.kill(os.getpid(), 19); os.killpg(0, 19); time.sleep(60)
        """,
    ),
    "a child stops its parent": Row(
        "passed",
        """
        if os.fork() == 0:
            os.kill(os.getppid(), 19)
            os.kill(1, 19)
            os._exit(0)
        """,
    ),
    "kills everybody it sees": Row(
        "error passed",
        """
        def one(x):
            os.kill(-1, 9)
            return x
        def two(x):
            os.kill(1, 9)
            return 2 * x
        """,
    ),
    "a child kills every session": Row(
        "crashed",
        """
        if os.fork() == 0:
            while True:
                try: os.kill(-1, 9)
                except OSError: time.sleep(0.001)
        """,
    ),
    "SIGTERM ignored, a daemon stays": Row(
        "passed",
        """
        def one(x):
            if os.fork() == 0:
                os.setsid()
                time.sleep(60)
            return x
        """,
    ),
    "execs something else": Row(
        "error passed",
        """
        def one(x): os.execv(sys.executable, [sys.executable, '-c', 'while True: pass'])
        """,
    ),
    "execs at import": Row(
        "error",
        """
        os.execv(sys.executable, [sys.executable, '-c', 'while True: pass'])
        """,
    ),
}

TOO_MUCH = {
    "processes used up": Row(
        "crashed",
        """
        try:
            while True:
                if os.fork() == 0: time.sleep(60)
        except OSError: pass
        """,
    ),
    "threads used up": Row(
        "crashed",
        """
        import threading
        try:
            while True:
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            pass
        """,
    ),
    "descriptors used up": Row(
        "crashed",
        """
        kept = []
        try:
            while True: kept.append(os.dup(1))
        except OSError: pass
        """,
    ),
    "memory used up": Row(
        "passed timeout",
        """
        kept = []
        try:
            while True: kept.append(bytearray(1 << 20))
        except MemoryError: pass
        """,
    ),
    "memory used up to the last byte": Row(
        "crashed timeout",
        """
        kept = []
        size = 1 << 24
        while size:
            try: kept.append(bytearray(size))
            except MemoryError: size //= 2
        """,
    ),
    "limits of its own taken to nothing": Row(
        "error",
        """
        import resource
        for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
            resource.setrlimit(limit, (0, 0))
        """,
    ),
    "no address space left": Row(
        "error",
        """
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (1, 1))
        """,
    ),
    "no processor time left": Row(
        "error",
        """
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        def one(x):
            while True: pass
        """,
    ),
    "files used up": Row(
        "passed",
        """
        try:
            for number in range(10**6): open(f'/tmp/{number}', 'wb').write(bytes(1 << 16))
        except OSError: pass
        """,
    ),
    "reply of many megabytes": Row(
        "failed passed timeout",
        """
        def one(x): return 'x' * (100 << 20)
        """,
    ),
    "reply nested without end": Row(
        "failed passed",
        """
        def one(x):
            for _ in range(100_000): x = [x]
            return x
        """,
    ),
    "a namespace that lies": Row(
        "crashed",
        """
        class Module(type(sys)):
            def __getattribute__(self, name): raise KeyboardInterrupt
        sys.modules['sums'].__class__ = Module
        """,
    ),
}
