"""Measures the service as its users meet it: over HTTP, with its real queue, database and boxes.

``course``   people and an assignment, put into a data folder
``running``  `chainrule serve` as a process of its own
``browser``  what a browser does, without one
``latency``  from upload to score on an idle machine
``rush``     a class that hands in within one minute
``regrade``  a class's submissions again, against the bare engine
``large_class``  the pages on which staff sees a class
``page``     the figures as Markdown
"""
