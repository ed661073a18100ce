"""Stand-ins for the queue's entrance."""


class RecordingSender:
    """Keeps what it is asked to send; ``away``: refuses all."""

    def __init__(self, away=False):
        self.away = away
        self.asked = []
        self.sent = []

    def send(self, address):
        self.asked.append(address)
        if not self.away:
            self.sent.append(address)
        return not self.away

    def waiting(self, queue):
        return None if self.away else 0


class RecordingDispatcher:
    """Keeps the numbers of the gradings that are to be sent."""

    def __init__(self):
        self.sent = []

    def send(self, grading_id):
        self.sent.append(grading_id)
