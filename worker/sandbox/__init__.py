"""The walls around a submission: zygotes in bubblewrap, lock-down, keeper and doctor."""
