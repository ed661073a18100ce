"""What runs inside the box: the warm zygote, the checkpoint of one submission and its sessions."""
