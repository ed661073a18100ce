"""Submissions that say what only others may say, or what nobody says (tests.hostile.forcing)."""

from tests.hostile.forcing import Row

WORDS = {
    "imported, but said to have failed with ok": Row(
        "crashed",
        """
        say(message.ImportFailed(code='ok'))
        time.sleep(60)
        """,
    ),
    "failed with a word of ours": Row(
        "crashed",
        """
        say(message.ImportFailed(code='tests_hung'))
        time.sleep(60)
        """,
    ),
    "failed with suite_broken": Row(
        "crashed",
        """
        say(message.ImportFailed(code='suite_broken'))
        time.sleep(60)
        """,
    ),
    "failed with box_lost": Row(
        "crashed",
        """
        say(message.ImportFailed(code='box_lost', values={'why': 'you'}))
        time.sleep(60)
        """,
    ),
    "failed with values of no kind": Row(
        "error",
        """
        say(message.ImportFailed(code='syntax_error', values={'line': 'x', 'seconds': [1]}))
        time.sleep(60)
        """,
    ),
    "a status that is no status": Row(
        "passed",
        """
        def reap(control, pid):
            os.waitpid(pid, 0)
            say(message.Reaped(status=1 << 40))
        checkpoint._reap = reap
        """,
    ),
    "a status below zero": Row(
        "passed",
        """
        def reap(control, pid):
            os.waitpid(pid, 0)
            say(message.Reaped(status=-(1 << 62)))
        checkpoint._reap = reap
        """,
    ),
    "a signal without a name": Row(
        "crashed passed",
        """
        def reap(control, pid):
            os.waitpid(pid, 0)
            say(message.Reaped(status=50))
        checkpoint._reap = reap
        def one(x): os._exit(3)
        """,
    ),
    "no word on the end of a session": Row(
        "passed",
        """
        checkpoint._reap = lambda control, pid: os.waitpid(pid, 0)
        """,
    ),
    "many words on the end of a session": Row(
        "passed timeout",
        """
        def reap(control, pid):
            os.waitpid(pid, 0)
            for _ in range(200): say(message.Reaped(status=0))
        checkpoint._reap = reap
        """,
    ),
    "words of a keeper": Row(
        "crashed",
        """
        say(message.Ended(ending=message.Ending(how='lost', blame='us', why='you')))
        """,
    ),
    "words of a keeper in place of a hello": Row(
        "crashed",
        """
        word = frame_of(msgspec.msgpack.encode(message.Ended(ending=message.Ending(how='lost', blame='us'))))
        session.serve = lambda own, *_, **__: (own.sendall(word), time.sleep(60))
        """,
    ),
    "words of a keeper in place of a reply": Row(
        "crashed",
        """
        word = message.Ended(ending=message.Ending(how='lost', blame='us'))
        session.Session.answer = lambda self, request: word
        """,
    ),
    "the answer to another request": Row(
        "crashed",
        """
        real = session.Session.answer
        def answer(self, request):
            reply = real(self, request)
            return msgspec.structs.replace(reply, number=reply.number + 1)
        session.Session.answer = answer
        """,
    ),
    "two answers to each request": Row(
        "crashed",
        """
        real = session.Session.answer
        def answer(self, request):
            reply = real(self, request)
            sys._getframe(1).f_locals["channel"].send(reply)
            return reply
        session.Session.answer = answer
        """,
    ),
    "an answer that nobody asked for": Row(
        "crashed",
        """
        real = session.serve
        def serve(own, module):
            own.sendall(frame_of(msgspec.msgpack.encode(message.Hello())))
            for number in range(1000):
                own.sendall(frame_of(msgspec.msgpack.encode(message.Reply(number=number))))
            time.sleep(60)
        session.serve = serve
        """,
    ),
    "values of no kind in a reply": Row(
        "crashed",
        """
        session.Session.answer = lambda self, request: message.Reply(
            number=request.number, value=[[[["what"]]]], entries=[1, 2, 3],
            updates=(), attributes=(), ambient=["x"],
        )
        """,
    ),
    "garbage on the control socket while sessions serve": Row(
        "passed",
        """
        def one(x):
            return x
        child = os.fork()
        if child == 0:
            time.sleep(0.3)
            put(b'garbage' * 100)
            os._exit(0)
        """,
    ),
    "a flood of frames on the control socket": Row(
        "crashed",
        """
        child = os.fork()
        if child == 0:
            while True: say(message.Reaped(status=0))
        """,
    ),
    "cells that never were": Row(
        "crashed",
        """
        for number in range(1, 5000): say(message.Running(cell=number, total=5000))
        """,
    ),
    "a frame of 4 GiB": Row(
        "crashed",
        """
        put(struct.pack('<4sI', b'CRW1', 2**32 - 1)); time.sleep(60)
        """,
    ),
    "notes without end": Row(
        "crashed",
        """
        loading = sys.modules['worker.guest.loading']
        one = message.Note(code='n' * 100, values={'x': 'y' * 100})
        loading.imported = lambda *_: message.Imported(notes=(one,) * 30_000)
        """,
    ),
    "text that is no UTF-8": Row(
        "crashed",
        r"""
        put(frame_of(b'\x82\xa4type\xa8Imported\xa5notes\x91\xa3\xff\xff\xff')); time.sleep(60)
        """,
    ),
    "a set of numbers with one hash": Row(
        "crashed",
        """
        from worker.wire.value import BigInteger, Items
        prime = 2**61 - 1
        numbers = [BigInteger((prime * n).to_bytes(11, 'little')) for n in range(5, 95_000)]
        answer = [Items('set', len(numbers)), *numbers]
        session.Session.answer = lambda self, request: message.Reply(number=request.number, value=answer)
        """,
    ),
    "a dict whose keys have one hash": Row(
        "crashed",
        """
        from worker.wire.value import BigInteger, Pairs
        prime = 2**61 - 1
        answer = [Pairs(90_000)]
        for n in range(5, 90_005):
            answer += [BigInteger((prime * n).to_bytes(11, 'little')), None]
        session.Session.answer = lambda self, request: message.Reply(number=request.number, value=answer)
        """,
    ),
}
