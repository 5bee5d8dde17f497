"""A disk that lies: the back end of a vhost-user-blk device, in this process, with the guest's memory before it.

What it says of each request is `lie`, a name of LIES, which the test changes while the machine runs. Source: QEMU,
docs/interop/vhost-user.rst; VIRTIO 1.1, 2.6 and 5.2.
"""
import array
import mmap
import os
import select
import socket
import struct
import tempfile
import threading

GET_FEATURES, SET_MEM_TABLE, SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE = 1, 5, 8, 9, 10, 11
SET_VRING_KICK, SET_VRING_CALL, GET_PROTOCOL_FEATURES, GET_QUEUE_NUM, GET_CONFIG = 12, 13, 15, 17, 24
VERSION_AND_REPLY = 0x5
NEED_REPLY = 0x8
PROTOCOL_FEATURES = 1 << 30
VERSION_1 = 1 << 32
FLUSH, BLOCK_SIZE, SEGMENTS = 1 << 9, 1 << 6, 1 << 2
PROTOCOL_CONFIG = 1 << 9
PROTOCOL_QUEUES = 1 << 0

# (identifier, length, how far the index goes on, the status; None: not written), of what is right.
LIES = {
    "none": lambda head, length: (head, length, 1, 0),
    "identifier": lambda head, length: (9999, length, 1, 0),
    "identifier of no request": lambda head, length: ((head + 3) % 128, length, 1, 0),
    "length": lambda head, length: (head, 1 << 30, 1, 0),
    "short": lambda head, length: (head, 1, 1, 0),
    "index ahead": lambda head, length: (head, length, 200, 0),
    "index behind": lambda head, length: (head, length, -1, 0),
    "no status": lambda head, length: (head, length, 1, None),
    "error": lambda head, length: (head, length, 1, 1),
    "strange status": lambda head, length: (head, length, 1, 77),
    "twice": lambda head, length: (head, length, 2, 0),
    "nothing": None,
}


class Ring:
    def __init__(self):
        self.size = self.base = self.taken = self.used = 0
        self.addresses = None
        self.kick = self.call = -1


class Liar:
    """How QEMU gets it: words of its command line, as Config.qemu."""

    driver, node, modules = "virtio_blk", "vda", "virtio_blk virtio"

    def __init__(self, sectors=32768, block_size=512, segments=16, mem="256M"):
        self.config = struct.pack("<QIIIIIHHHHIII", sectors, 0, segments, 0, block_size, 0, 0, 0, 0, 1, 0, 0, 0)[:60].ljust(60, b"\0")
        self.mem, self.lie, self.regions, self.ring = mem, "none", [], Ring()

    def __call__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="tenon-liar.")
        path = os.path.join(self.folder.name, "socket")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        return ["-object", f"memory-backend-memfd,id=memory,size={self.mem},share=on", "-machine", "memory-backend=memory",
                "-chardev", f"socket,id=liar,path={path}", "-device", "vhost-user-blk-pci,chardev=liar,num-queues=1"]

    # --- messages ---

    def _serve(self):
        link, _ = self.listener.accept()
        while True:
            kick = [self.ring.kick] if self.ring.kick >= 0 else []
            ready, _, _ = select.select([link] + kick, [], [])
            if link in ready:
                if not self._message(link):
                    return
            elif kick:
                os.read(self.ring.kick, 8)
                self._work()

    def _message(self, link):
        head, ancillary, _, _ = link.recvmsg(12, socket.CMSG_SPACE(64))
        if len(head) < 12:
            return False
        request, flags, size = struct.unpack("<III", head)
        payload = link.recv(size, socket.MSG_WAITALL) if size else b""
        files = array.array("i")
        for _, _, data in ancillary:
            files.frombytes(data[:len(data) - len(data) % 4])
        answer = self._answer(request, payload, list(files))
        if answer is None and flags & NEED_REPLY:
            answer = struct.pack("<Q", 0)
        if answer is not None:
            link.sendall(struct.pack("<III", request, VERSION_AND_REPLY, len(answer)) + answer)
        return True

    def _answer(self, request, payload, files):
        number = struct.unpack_from("<Q", payload)[0] if len(payload) >= 8 else 0
        index, value = struct.unpack_from("<II", payload) if len(payload) >= 8 else (0, 0)
        if request == GET_FEATURES:
            return struct.pack("<Q", VERSION_1 | PROTOCOL_FEATURES | FLUSH | BLOCK_SIZE | SEGMENTS)
        if request == GET_PROTOCOL_FEATURES:
            return struct.pack("<Q", PROTOCOL_CONFIG | PROTOCOL_QUEUES)
        if request == GET_QUEUE_NUM:
            return struct.pack("<Q", 1)
        if request == GET_CONFIG:
            offset, size, flags = struct.unpack_from("<III", payload)
            return struct.pack("<III", offset, size, flags) + self.config[offset:offset + size].ljust(size, b"\0")
        if request == SET_MEM_TABLE:
            self._map(payload, files)
        elif request == SET_VRING_NUM:
            self.ring.size = value
        elif request == SET_VRING_BASE:
            self.ring.taken = self.ring.used = value
        elif request == SET_VRING_ADDR:
            self.ring.addresses = struct.unpack_from("<QQQ", payload, 8)  # descriptors, used, available
        elif request == GET_VRING_BASE:
            self.ring.kick = -1
            return struct.pack("<II", index, self.ring.taken)
        elif request == SET_VRING_KICK:
            self.ring.kick = files[0] if files else -1
        elif request == SET_VRING_CALL:
            self.ring.call = files[0] if files else -1
        return None if request else struct.pack("<Q", number)

    # --- memory ---

    def _map(self, payload, files):
        count, = struct.unpack_from("<I", payload)
        self.regions = []
        for i in range(count):
            guest, size, user, offset = struct.unpack_from("<QQQQ", payload, 8 + 32 * i)
            self.regions.append((guest, user, size, offset, mmap.mmap(files[i], size + offset)))

    def _find(self, address, which):
        for region in self.regions:
            start, size, offset, memory = region[which], region[2], region[3], region[4]
            if start <= address < start + size:
                return memory, address - start + offset
        raise ValueError(f"no memory at {address:#x}")

    def _read(self, form, address, which=1):
        memory, at = self._find(address, which)
        return struct.unpack_from("<" + form, memory, at)

    def _write(self, form, address, *values, which=1):
        memory, at = self._find(address, which)
        struct.pack_into("<" + form, memory, at, *values)

    # --- requests ---

    def _work(self):
        descriptors, used, available = self.ring.addresses
        lie = LIES[self.lie]
        while lie and self.ring.taken != self._read("HH", available)[1]:
            head, = self._read("H", available + 4 + 2 * (self.ring.taken % self.ring.size))
            self.ring.taken = (self.ring.taken + 1) & 0xffff
            writable = self._chain(descriptors, head)
            identifier, length, step, status = lie(head, sum(size for _, size in writable))
            if status is not None:
                self._write("B", writable[-1][0], status, which=0)
            for i in range(max(step, 1)):
                self._write("II", used + 4 + 8 * ((self.ring.used + i) % self.ring.size), identifier, length)
            self.ring.used = (self.ring.used + step) & 0xffff
            self._write("H", used + 2, self.ring.used)
        os.write(self.ring.call, struct.pack("<Q", 1))

    def _chain(self, descriptors, head):
        """Fills what may be written with 0xa5; where it lies."""
        writable = []
        while True:
            physical, length, flags, following = self._read("QIHH", descriptors + 16 * head)
            if flags & 2:
                writable.append((physical, length))
                memory, at = self._find(physical, 0)
                if length > 1:
                    memory[at:at + length] = b"\xa5" * length
            if not flags & 1:
                return writable
            head = following
