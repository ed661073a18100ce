"""The commands of the program, one module each. They read, call one function, and show."""
