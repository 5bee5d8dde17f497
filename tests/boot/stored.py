"""Files that tests make for their images."""
import hashlib
import os
import tempfile

BUILD = os.environ["TENON_BUILD"]


def stored(data):
    """The path of a file that holds @data. Tests run side by side and give other modules the same names: the file is
    named for what it holds, and is whole as soon as it has its name."""
    folder = os.path.join(BUILD, "made")
    path = os.path.join(folder, hashlib.sha256(data).hexdigest())
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)
    return path
