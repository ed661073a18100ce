def find(tree, path, ban):
    return ()
