"""The steps of `make toolchain`, with stand-ins for what fetches, unpacks and builds."""
import os

from tree import Failure

APT_GET = """#!/bin/sh
# apt-get -q download PACKAGE
echo "$3" >> "$RECORD"
[ -z "$OFFLINE" ] || { echo half > "$3"_1.deb.part; echo "no network" >&2; exit 100; }
echo package > "$3"_1.deb
"""
APT_CACHE = "#!/bin/sh\necho 'gcc-9-source - old'\necho 'gcc-12-source - new'\n"
DPKG_DEB = """#!/bin/sh
# dpkg-deb -x FILE FOLDER
case $3 in *gcc*) name=gcc ;; *) name=binutils ;; esac
echo "$name" > "$3/$name-1.tar.xz"
"""
TAR = """#!/bin/sh
# tar -xf ARCHIVE -C FOLDER --strip-components=1
printf '#!/bin/sh\\n[ "$BROKEN" != %s ]\\n' "$(cat "$2")" > "$4/configure"
chmod +x "$4/configure"
"""
MAKE = """#!/bin/sh
# Behind configure; `install` has DESTDIR, and the work's folder is PREFIX/tenon-toolchain.NUMBER.
mkdir -p gcc
case "$*" in *install*) ;; *) exit 0 ;; esac
case "$*" in *install-gcc*) name=gcc ;; *) name=ld ;; esac
for word; do case $word in DESTDIR=*) stage=${word#DESTDIR=} ;; esac; done
prefix=${stage%/tenon-toolchain.*}
mkdir -p "$stage$prefix/bin" "$stage$prefix/lib"
echo "$name" > "$stage$prefix/bin/x86_64-elf-$name"
chmod +x "$stage$prefix/bin/x86_64-elf-$name"
echo "$name" > "$stage$prefix/lib/of-$name"
"""
STAND_INS = {"apt-get": APT_GET, "apt-cache": APT_CACHE, "dpkg-deb": DPKG_DEB, "tar": TAR, "make": MAKE}


class Toolchain:
    """tools/toolchain with stand-ins on the PATH."""

    def __init__(self, trees, without=()):
        self.tree, self.prefix, self.kept = trees.new(), trees.scratch(), trees.scratch()
        self.stand_ins, self.record = trees.scratch(), os.path.join(trees.scratch(), "fetched")
        for name, text in STAND_INS.items():
            if name not in without:
                path = os.path.join(self.stand_ins, name)
                self.tree.write(path, text)
                os.chmod(path, 0o755)

    def run(self, **environment):
        path = f"{self.stand_ins}:{os.environ['PATH']}"
        return self.tree.run("tools/toolchain", self.prefix, self.kept, PATH=path, RECORD=self.record,
                             **environment)

    def fetched(self):
        return self.tree.read(self.record).decode().split() if os.path.exists(self.record) else []

    def wants(self, *there):
        found = sorted(os.path.relpath(path, self.prefix) for path in
                       (os.path.join(where, name) for where, _, names in os.walk(self.prefix) for name in names))
        if found != sorted(there):
            raise Failure(f"in PREFIX: {found}, not {sorted(there)}")


BINUTILS = ("bin/x86_64-elf-ld", "lib/of-ld")
GCC = ("bin/x86_64-elf-gcc", "lib/of-gcc")


def test_toolchain_is_built_once(trees):
    """Into a folder in which others have files, `work` among them."""
    chain = Toolchain(trees)
    chain.tree.write(os.path.join(chain.prefix, "work/precious"), "")
    chain.run().succeeds().says(f"{chain.prefix}/bin")
    chain.wants("work/precious", *BINUTILS, *GCC)
    if chain.fetched() != ["binutils-source", "gcc-12-source"]:
        raise Failure(f"fetched: {chain.fetched()}")
    os.remove(chain.record)
    chain.run().succeeds()
    if chain.fetched():
        raise Failure(f"fetched again: {chain.fetched()}")


def test_toolchain_without_a_network_and_then_with(trees):
    chain = Toolchain(trees)
    failed = chain.run(OFFLINE="yes")
    failed.wants(failed.status == 2, "not status 2").says("toolchain: fetch-binutils failed").says("no network")
    chain.wants()
    chain.run().succeeds()
    chain.wants(*BINUTILS, *GCC)


def test_toolchain_goes_on_where_a_run_has_failed(trees):
    chain = Toolchain(trees)
    failed = chain.run(BROKEN="gcc")
    failed.wants(failed.status == 2, "not status 2").says("toolchain: build-gcc failed")
    chain.wants(*BINUTILS)
    chain.run().succeeds()
    chain.wants(*BINUTILS, *GCC)
    if len(chain.fetched()) != 2:
        raise Failure(f"fetched again: {chain.fetched()}")


def test_toolchain_without_apt(trees):
    """One line when the sources would have to be fetched, nothing of it when all is there."""
    chain = Toolchain(trees)
    chain.run().succeeds()
    tools = trees.scratch()
    for tool in "bash", "mkdir", "env", "dirname":
        os.symlink(chain.tree.run("sh", "-c", f"command -v {tool}").out.strip(), os.path.join(tools, tool))
    alone = {"PATH": tools}
    chain.tree.run("tools/toolchain", chain.prefix, chain.kept, **alone).succeeds()
    chain.tree.run("tools/toolchain", trees.scratch(), chain.kept, **alone).refuses("apt-get")
