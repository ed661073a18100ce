"""The only language that crosses the trust line: framed, typed, bounded data.

``frame``    bytes on a stream socket: header with a length, checked before the payload is read
``message``  who may say what to whom, as typed structs
``value``    Python values as a flat list of nodes; anything else is a handle or an error
``array``    tensors and arrays as dtype, shape and bytes (the one module here that imports torch)
``channel``  a socket that sends and receives messages, with deadlines and passed descriptors

Nothing here unpickles, evaluates or imports what the other side names.
"""
