"""Where foreign code runs: the wire, the sandbox, the guest inside it, the examiner and the engine."""
