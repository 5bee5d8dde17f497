"""Modules of other systems: GRUB's own, and the first 400 of Debian's kernel package, which is fetched
once with apt-get into the build folder.
"""
import functools
import glob
import os
import re
import subprocess

from machine import Skip

BUILD = os.environ["TENON_BUILD"]
WANTED = 400


def kernel_package():
    """The package that linux-image-cloud-amd64 stands for."""
    text = subprocess.run(["apt-cache", "depends", "linux-image-cloud-amd64"], capture_output=True,
                          text=True, check=False).stdout
    found = re.search(r"Depends: (linux-image-\S+)", text)
    if not found:
        raise Skip("apt knows of no Debian kernel package")
    return found.group(1)


@functools.lru_cache(None)
def linux_modules():
    folder = os.path.join(BUILD, "corpus")
    found = glob.glob(folder + "/linux/**/*.ko", recursive=True)
    if not found:
        os.makedirs(folder, exist_ok=True)
        package = kernel_package()
        done = subprocess.run(["apt-get", "-q", "download", package], cwd=folder, check=False,
                              capture_output=True, text=True)
        if done.returncode:
            raise Skip(f"{package} cannot be had: {done.stderr.strip()}")
        archive = glob.glob(folder + "/*.deb")[0]
        subprocess.run(["dpkg-deb", "-x", archive, folder + "/linux"], check=True)
        os.remove(archive)
        found = glob.glob(folder + "/linux/**/*.ko", recursive=True)
    return sorted(found, key=os.path.basename)[:WANTED]


def files():
    named = {"linux_" + os.path.basename(path): path for path in linux_modules()}
    for path in glob.glob("/usr/lib/grub/x86_64-efi/*.mod"):
        named["grub_" + os.path.basename(path)] = path
    return named
