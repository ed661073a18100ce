"""What can go wrong on the wire.

WireError                 the other side sent what no honest side sends, or asked too much
├── TooLarge              a message or a value is over its limit (worker.wire.limits)
├── ChannelClosed         the other side hung up (or died) between messages or within one
└── ChannelTimeout        nothing came, or nothing could be sent, before the deadline
"""


class WireError(Exception):
    """Bytes or values that do not follow the protocol or exceed its limits."""


class TooLarge(WireError):
    """More than may cross at once."""


class ChannelClosed(WireError):
    """The other side closed the connection."""


class ChannelTimeout(WireError):
    """The deadline passed before a message was complete."""
