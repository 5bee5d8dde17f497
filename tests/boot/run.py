#!/usr/bin/env python3
"""Runs the boot tests: run.py --build DIR [--only REGEX] [--quick] [--jobs N].

Progress and verdicts go to standard output as they come; the last line is the count. What each
machine said is in DIR/logs.
"""
import argparse
import glob
import hashlib
import importlib
import os
import re
import subprocess
import sys
import threading
import time
import traceback

import boot
from machine import Failure, Machine, Skip
from stand_in.platform import write_list

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BOOT_SET = "watchdog hook terminal files serial_console fb_console ps2_keyboard initrd fw_cfg power text sys procps pci shell".split()
SHOWN = 25  # lines of the log with a failure


class Images:
    """Boot images by what is in them, each made once."""

    def __init__(self, build):
        self.build = build
        self.lock = threading.Lock()
        self.made = {}
        self.lists = 0

    def get(self, config):
        build = os.path.join(self.build, config.build)
        if not os.path.exists(os.path.join(build, "test-files")):
            raise Skip("not built; `make test-matrix` does it")
        modules = self._staged(build, config.boot_set or BOOT_SET, config.boot_set is not None)
        files = self._files(build, config)
        if config.platform:
            return self._hand_over(config, build, modules, files)
        text = "\n".join([build, config.command_line] + modules + [f"{k}={v}" for k, v in sorted(files.items())])
        key = hashlib.sha256(text.encode()).hexdigest()[:12]
        with self.lock:
            if key not in self.made:
                self.made[key] = self._make(key, build, config.command_line, modules, files)
            return self.made[key]

    @staticmethod
    def _staged(build, names, required):
        paths = [os.path.join(build, "stage", name + ".ko") for name in names]
        return paths if required else [path for path in paths if os.path.exists(path)]

    @staticmethod
    def _files(build, config):
        if not config.archive:
            return {}
        with open(os.path.join(build, "test-files"), encoding="utf-8") as file:
            listed = [line.split() for line in file]
        files = {os.path.basename(path): path for kind, path in listed
                 if kind == "modules" or config.test_modules}
        files.update(config.files() if config.files else {})
        return files

    def _folder(self):
        folder = os.path.join(self.build, "images")
        os.makedirs(folder, exist_ok=True)
        return folder

    def _archive(self, files):
        lines = "".join(f"{name}={path}\n" for name, path in sorted(files.items()))
        listed = hashlib.sha256(lines.encode()).hexdigest()[:12]
        archive = os.path.join(self._folder(), listed + ".cpio")
        call([sys.executable, os.path.join(TOP, "tools/archive.py"), archive, "-"], lines)
        return archive

    def _hand_over(self, config, build, modules, files):
        """The list of what is put where, for a machine without firmware and boot loader."""
        boot_files = [(os.path.basename(path).removesuffix(".ko"), path) for path in modules]
        with self.lock:
            if files:
                boot_files.append(("archive", self._archive(files)))
            self.lists += 1
            image = os.path.join(self._folder(), f"{self.lists}.list")
            write_list(image, config, os.path.join(build, "stage/kernel.elf"), boot_files)
        return image

    def _make(self, key, build, words, modules, files):
        archive = self._archive(files) if files else "-"
        image = os.path.join(self._folder(), key + ".iso")
        call([os.path.join(TOP, "tools/iso"), image, words,
              os.path.join(build, "stage/kernel.elf"), archive] + modules)
        return image


def call(line, text=None):
    done = subprocess.run(line, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{line[0]}: {done.stderr.strip()}")


class Places:
    """As many tests run at once as there are places; a heavy one takes several."""

    def __init__(self, count):
        self.count = self.free = count
        self.changed = threading.Condition()

    def take(self, wanted):
        wanted = min(wanted, self.count)
        with self.changed:
            self.changed.wait_for(lambda: self.free >= wanted)
            self.free -= wanted
        return wanted

    def give(self, taken):
        with self.changed:
            self.free += taken
            self.changed.notify_all()


def run_one(test, images, log_path):
    """Returns (verdict, explanation)."""
    machine = None
    try:
        machine = Machine(test.config, images.get(test.config), log_path)
        if test.config.to_prompt:
            machine.prompt()
        test.function(machine)
        return "pass", "\n".join(machine.notes)
    except Failure as failure:
        return failure.verdict, str(failure)
    except Exception:
        return "fail", "in the test itself:\n" + traceback.format_exc()
    finally:
        if machine:
            machine.close()


def tail(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().splitlines()[-SHOWN:]
    return "".join(f"    | {line}\n" for line in lines)


class Report:
    def __init__(self, total):
        self.total = total
        self.counts = {"pass": 0, "skip": 0}
        self.done = self.failed = 0
        self.lock = threading.Lock()

    def add(self, test, verdict, explanation, seconds, log_path):
        with self.lock:
            self.done += 1
            if verdict in self.counts:
                self.counts[verdict] += 1
            else:
                self.failed += 1
            print(f"boot {self.done}/{self.total} {verdict}: {test.name} ({seconds:.1f} s)", flush=True)
            text = explanation.replace("\n", "\n    ")
            if verdict in self.counts:
                print(f"    {text}\n" if text else "", end="", flush=True)
            else:
                print(f"    {text}\n    log: {log_path}\n"
                      f"{tail(log_path) if os.path.exists(log_path) else ''}", end="", flush=True)


def run_all(tests, build, jobs):
    images, places, report = Images(build), Places(jobs), Report(len(tests))
    logs = os.path.join(build, "logs")
    os.makedirs(logs, exist_ok=True)

    def work(test, taken):
        try:
            log_path = os.path.join(logs, re.sub(r"[^\w.=-]+", "-", test.name).strip("-") + ".log")
            started = time.monotonic()
            verdict, explanation = run_one(test, images, log_path)
            report.add(test, verdict, explanation, time.monotonic() - started, log_path)
        finally:
            places.give(taken)

    threads = []
    for test in tests:
        taken = places.take(test.weight)
        threads.append(threading.Thread(target=work, args=(test, taken)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return report


def collect(only, quick):
    sys.path.insert(0, HERE)
    for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
        importlib.import_module(os.path.basename(path)[:-3])
    chosen = [test for test in boot.tests
              if re.search(only, test.name) and (test.config.quick or not quick)]
    return sorted(chosen, key=lambda test: test.weight)


def regex(text):
    try:
        return re.compile(text).pattern
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text}: no regular expression: {error}") from None


def main():
    parser = argparse.ArgumentParser(usage=argparse.SUPPRESS)
    parser.add_argument("--build", required=True)
    parser.add_argument("--only", default="", type=regex)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    os.environ["TENON_BUILD"] = os.path.abspath(options.build)
    tests = collect(options.only, options.quick)
    if options.list:
        print("\n".join(test.name for test in tests))
        return 0
    if not tests:
        print(f"ONLY={options.only}: there is no such test", file=sys.stderr)
        return 2
    report = run_all(tests, os.path.abspath(options.build), options.jobs)
    skipped = f", {report.counts['skip']} skipped" if report.counts["skip"] else ""
    print(f"{report.counts['pass']} passed, {report.failed} failed{skipped}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
