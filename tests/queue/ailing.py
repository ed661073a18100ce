"""A Redis that can be made ill in each way there is, and well again."""

import contextlib
import signal
import socket
import subprocess
import threading
import time

WAYS = ("frozen", "dead", "full", "slow", "silent", "unreachable")
SLOW_SECONDS = 4.0


class Ailing:
    """A Redis of a rig, behind a door of our own on TCP that can be shut, slowed down or left unanswered."""

    def __init__(self, rig):
        self._rig = rig
        self._process = rig.start_redis()
        self._door = Door(str(rig.redis_path))
        self.url = f"redis://127.0.0.1:{self._door.port}/0"

    def fall_ill(self, way):
        """Stop to work in that way. Connections that are open fall ill with it."""
        getattr(self, way)()

    def frozen(self):
        self._process.send_signal(signal.SIGSTOP)

    def dead(self):
        self._process.kill()
        self._process.wait()

    def full(self):
        self._set("maxmemory", "1")

    def slow(self):
        self._door.delay = SLOW_SECONDS

    def silent(self):
        self._door.delay = 3600.0

    def unreachable(self):
        self._door.shut()

    def recover(self):
        """Work again as before; after a death without what it kept."""
        self._process.send_signal(signal.SIGCONT)
        if self._process.poll() is not None:
            self._rig.redis_path.unlink(missing_ok=True)
            self._process = self._rig.start_redis()
        self._set("maxmemory", "0")
        self._door.open()

    def close(self):
        self._process.send_signal(signal.SIGCONT)
        self._door.close()

    def _set(self, name, value):
        words = ["redis-cli", "-s", str(self._rig.redis_path), "config", "set", name, value]
        subprocess.run(words, check=True, capture_output=True, timeout=180)


class Door:
    """Passes bytes on from a TCP port to a unix socket, after a delay."""

    def __init__(self, path):
        self._path = path
        self._pairs = []
        self._ended = threading.Event()
        self._fillers = []
        self.delay = 0.0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self.port = self._listener.getsockname()[1]
        self._guard = threading.Thread(target=self._admit, daemon=True)
        self._open = threading.Event()
        self._open.set()
        self._threads = []
        self._guard.start()

    def shut(self):
        """Take nothing in any more: who knocks waits, as before a host that isn't there."""
        self._open.clear()
        self._drop()
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def open(self):
        self.delay = 0.0
        self._drop()
        for filler in self._fillers:
            filler.close()
        self._open.set()

    def close(self):
        self._ended.set()
        self.open()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._guard.join()
        for thread in self._threads:
            thread.join()

    def _drop(self):
        while self._pairs:
            for end in self._pairs.pop():
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _admit(self):
        while not self._ended.is_set():
            self._open.wait()
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._path)
            except OSError:
                client.close()
                server.close()
                continue
            self._pairs.append((client, server))
            for source, target in ((client, server), (server, client)):
                thread = threading.Thread(target=self._pass_on, args=(source, target), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                end = time.monotonic() + self.delay
                while self.delay and time.monotonic() < end and not self._ended.wait(0.05):
                    pass
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        source.close()
