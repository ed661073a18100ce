"""Complete hand-ins with known mistakes in them, made as text: what proves that hidden tests find mistakes.

``bundle``   the reference's sources, packed into one file that runs where nothing of ours is
``hand_ins`` which hand-ins to make of an assignment's adapter

    python -m reference.proof < ORDER      (or: chainrule prove FOLDER)

Nothing of what is made is ever run here.
"""
