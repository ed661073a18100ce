"""Submissions that make us wait, so that the grading might be our fault (tests.hostile.forcing)."""

from tests.hostile.forcing import Row

WAITS = {
    "fork sleeps": Row(
        "timeout",
        """
        os.fork = lambda fork=os.fork: (time.sleep(30), fork())[1]
        """,
    ),
    "fork sleeps a little, each time": Row(
        "passed skipped timeout",
        """
        os.fork = lambda fork=os.fork: (time.sleep(1.2), fork())[1]
        """,
    ),
    "fork never returns a child": Row(
        "crashed",
        """
        os.fork = lambda: 999_999
        """,
    ),
    "fork answers 0 in the checkpoint": Row(
        "crashed",
        """
        os.fork = lambda: 0
        """,
    ),
    "fork raises OSError": Row(
        "crashed",
        """
        def fork(): raise OSError(11, 'no')
        os.fork = fork
        """,
    ),
    "fork raises MemoryError": Row(
        "crashed",
        """
        def fork(): raise MemoryError
        os.fork = fork
        """,
    ),
    "fork raises SystemExit": Row(
        "crashed",
        """
        def fork(): raise SystemExit(0)
        os.fork = fork
        """,
    ),
    "fork makes a grandchild": Row(
        "passed",
        """
        def fork(fork=os.fork):
            if fork() == 0:
                return fork()
            return 999_999
        os.fork = fork
        """,
    ),
    "the loop of the checkpoint sleeps": Row(
        "timeout",
        """
        checkpoint._serve = lambda *_: time.sleep(60)
        """,
    ),
    "the hello never comes": Row(
        "timeout",
        """
        session.serve = lambda *_, **__: time.sleep(60)
        """,
    ),
    "half a hello, then sleep": Row(
        "crashed",
        """
        session.serve = lambda own, *_, **__: (own.send(b'CRW1'), time.sleep(60))
        """,
    ),
    "another hello": Row(
        "crashed",
        """
        session.serve = lambda own, *_, **__: (own.send(b'x' * 64), time.sleep(60))
        """,
    ),
    "the session hangs up at once": Row(
        "crashed",
        """
        session.serve = lambda *_, **__: None
        """,
    ),
    "half a reply, then sleep": Row(
        "timeout",
        """
        from worker.wire.channel import Channel
        real = session.Session.answer
        def answer(self, request):
            sys._getframe(1).f_locals["channel"].socket.sendall(b"CRW1")
            time.sleep(60)
        session.Session.answer = answer
        """,
    ),
    "a reply that trickles": Row(
        "timeout",
        """
        def answer(self, request):
            own = sys._getframe(1).f_locals["channel"].socket
            own.setblocking(True)
            own.sendall(struct.pack("<4sI", b"CRW1", 1 << 20))
            while True:
                own.send(b"x")
                time.sleep(0.0005)
        session.Session.answer = answer
        """,
    ),
    "a word on the import that trickles": Row(
        "timeout",
        """
        put(struct.pack("<4sI", b"CRW1", 1 << 20))
        while True:
            put(b"x")
            time.sleep(0.0005)
        """,
    ),
    "a word on the end of a session that trickles": Row(
        "skipped timeout",
        """
        def reap(control, pid):
            put(struct.pack("<4sI", b"CRW1", 1 << 20))
            while True:
                put(b"x")
                time.sleep(0.0005)
        checkpoint._reap = reap
        """,
    ),
    "output closed, then sleep": Row(
        "timeout",
        """
        os.close(1); os.close(2); time.sleep(60)
        """,
    ),
    "output that trickles": Row(
        "timeout",
        """
        while True: os.write(1, b'.'); time.sleep(0.0005)
        """,
    ),
    "sleep in atexit and __del__": Row(
        "passed timeout",
        """
        import atexit
        atexit.register(time.sleep, 60)
        class Slow:
            def __del__(self): time.sleep(60)
        kept = Slow()
        def one(x):
            global kept
            del kept
            return x
        """,
    ),
    "sleep in a signal handler": Row(
        "timeout",
        """
        import signal
        signal.signal(signal.SIGALRM, lambda *_: time.sleep(60))
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        """,
    ),
    "sleep in the flush of the output": Row(
        "timeout",
        """
        class Out:
            def write(self, text): return len(text)
            def flush(self): time.sleep(60)
        sys.stdout = Out()
        """,
    ),
    "children that nobody waits for keep it waiting": Row(
        "passed timeout",  # the other functions pass where there is time left for them
        """
        def one(x):
            import signal
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            while True:
                if os.fork() == 0:
                    until = time.process_time() + 0.02
                    while time.process_time() < until: pass
                    os._exit(0)
                time.sleep(0.02)
        """,
    ),
    "threads keep each other waiting": Row(
        "passed timeout",  # the other functions pass where there is time left for them
        """
        import threading
        def one(x):
            def wake():
                while True: time.sleep(0.001); sum(range(2000))
            for _ in range(12): threading.Thread(target=wake, daemon=True).start()
            time.sleep(60)
        """,
    ),
    "fetching the request sleeps": Row(
        "timeout",
        """
        session.Session.answer = lambda self, request: time.sleep(60)
        """,
    ),
}
