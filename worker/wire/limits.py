"""How large what crosses the trust line may be, in one table; docs/design.md shows it.

A box's reply has two budgets. Numbers, text, lists and names become Python objects, which take up to some
thirty times the bytes they had: they get little. The contents of tensors and arrays stay the bytes they are.
"""

MIB = 1024 * 1024

FRAME_LIMIT_BYTES = 256 * MIB
"""A message between processes of ours, such as the files of a suite."""

WORD_LIMIT_BYTES = 4 * MIB
"""What a box says of loading: findings, notes, why it failed."""

REPLY_VALUE_LIMIT_BYTES = 2 * MIB
"""A reply without the contents of its tensors and arrays. 200,000 numbers in lists fit."""

REPLY_ARRAY_LIMIT_BYTES = 128 * MIB
"""The contents of all tensors and arrays of a reply."""

ARRAY_LIMIT_BYTES = 128 * MIB
"""One tensor or array."""

EXAMINER_LIMIT_BYTES = 2048 * MIB
"""What the process of one grading's tests may take, unless a setting says otherwise."""

DIMENSION_LIMIT = 8
DEPTH_LIMIT = 32
NODE_LIMIT = 200_000
"""Values within a value, all levels together."""

SAME_HASH_LIMIT = 256
"""Keys of one hash in a dict or set. All powers of two that can be sent have no more than that."""

STRING_LIMIT_BYTES = 4 * MIB
BIG_INTEGER_LIMIT_BYTES = 4096
METHOD_LIMIT = 256
"""Names of methods that come with an object."""

NAME_LIMIT = 200
