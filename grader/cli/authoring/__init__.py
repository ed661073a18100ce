"""Commands for those who write assignments."""
