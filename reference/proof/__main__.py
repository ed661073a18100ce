"""Makes hand-ins with mistakes: an Order as JSON on standard input, what `make` returns on standard output.

Exit code 1, with what is wrong and the cure as a JSON list on standard error, when it can't.
"""

import json
import sys

from reference.proof.hand_ins import Order, ProofError, make


def main() -> int:
    """Read the order, write the hand-ins; return the exit code."""
    try:
        made = make(Order(**json.load(sys.stdin)))
    except ProofError as error:
        sys.stderr.write(json.dumps([error.what, error.cure], ensure_ascii=False) + "\n")
        return 1
    sys.stdout.write(json.dumps(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
