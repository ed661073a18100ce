"""The commands of `chainrule`, one module each. They read, call one function, and show."""
