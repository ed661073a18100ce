"""Is a suite sound? Samples, known mistakes, what must be true of each, and what a trial found.

``samples``   submissions that ship with an assignment, and what each must get
``sample_changes``  samples given as changes to an accepted one
``proof_file``  what an assignment wants to be tried (``proof/proof.toml``), and the submissions made of it
``judging``   what became of them: what survives, what loses a point by mistake, how close it was
``trial_findings``  what a trial found, for the page and the terminal
"""
