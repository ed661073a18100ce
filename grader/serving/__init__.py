"""The service on one machine: what `chainrule serve` starts, watches and stops, and what a worker is told.

``folder``    the data folder: made, locked, brought up to date
``programs``  child processes that can't outlive us
``redis``     a private Redis on a unix socket
``web``       the web server's process
``serve``     all of it together
"""
