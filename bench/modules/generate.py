#!/usr/bin/env python3
"""Writes the sources of the modules that are too large to be written by hand.

usage: generate.py big|many FOLDER

big   bench_big, in eight files: 4,000 functions, 44,000 relocations. Each function calls eight
      others, reads and writes one word of data, and stands in a table of pointers.
many  bench_many_0000 to bench_many_0999: each exports ten functions and calls ten functions of
      modules before it, spread over all of them.

The same arguments give the same bytes.
"""
import os
import sys

BIG_FUNCTIONS = 4000
BIG_FILES = 8
BIG_CALLS = 8
MANY_MODULES = 1000
MANY_SYMBOLS = 10


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def big_function(index):
    callees = [(index * 7 + call * 499 + 1) % BIG_FUNCTIONS for call in range(BIG_CALLS)]
    calls = "".join(f"\tsum += bench_big_{callee:04d}(depth - {1 + call});\n"
                    for call, callee in enumerate(callees))
    return (f"int bench_big_{index:04d}(int depth)\n{{\n\tint sum = bench_big_word[{index}];\n\n"
            f"\tif (depth <= 0)\n\t\treturn sum;\n{calls}"
            f"\tbench_big_word[{index}] = sum;\n\treturn sum;\n}}\n\n")


def big_file(number):
    share = BIG_FUNCTIONS // BIG_FILES
    mine = range(number * share, (number + 1) * share)
    table = "".join(f"\tbench_big_{index:04d},\n" for index in mine)
    return ('/* Generated: a part of bench_big. */\n#include "bench_big.h"\n\n'
            + "".join(big_function(index) for index in mine)
            + f"int (*const bench_big_table_{number}[])(int) = {{\n{table}}};\n")


def big_header():
    functions = "".join(f"int bench_big_{index:04d}(int depth) __attribute__((__noinline__));\n"
                        for index in range(BIG_FUNCTIONS))
    tables = "".join(f"extern int (*const bench_big_table_{number}[])(int);\n"
                     for number in range(BIG_FILES))
    return ("/* Generated: what the parts of bench_big know of each other. */\n#pragma once\n\n"
            f"extern int bench_big_word[{BIG_FUNCTIONS}];\n\n{functions}\n{tables}")


def big_main():
    return ('/* Generated: the main file of bench_big. */\n#include "bench_big.h"\n\n'
            f"int bench_big_word[{BIG_FUNCTIONS}];\n\n"
            "static int __init bench_big_init(void)\n{\n"
            "\treturn bench_big_table_0[0](1) < 0 ? -EIO : 0;\n}\n\n"
            "static void __exit bench_big_exit(void)\n{\n}\n\n"
            "module_init(bench_big_init);\nmodule_exit(bench_big_exit);\n"
            'MODULE_LICENSE("GPL");\n'
            'MODULE_DESCRIPTION("4,000 functions and 44,000 relocations");\n')


def generate_big(folder):
    write(os.path.join(folder, "bench_big.h"), big_header())
    write(os.path.join(folder, "bench_big_main.c"), big_main())
    for number in range(BIG_FILES):
        write(os.path.join(folder, f"bench_big_{number}.c"), big_file(number))


def many_uses(index):
    """The (module, symbol) pairs that module `index` uses: of ten different modules if it can."""
    if index == 0:
        return []
    start = index * 7919
    step = max(1, index // MANY_SYMBOLS)
    return sorted({((start + use * step) % index, use) for use in range(MANY_SYMBOLS)})


def many_module(index):
    name = f"bench_many_{index:04d}"
    uses = [f"bench_many_{module:04d}_{symbol}" for module, symbol in many_uses(index)]
    declared = "".join(f"int {use}(int value);\n" for use in uses)
    own = "".join(f"int {name}_{symbol}(int value);\n"
                  f"int {name}_{symbol}(int value)\n{{\n\treturn value + {symbol};\n}}\n"
                  f"EXPORT_SYMBOL({name}_{symbol});\n\n" for symbol in range(MANY_SYMBOLS))
    calls = "".join(f"\tvalue = {use}(value);\n" for use in uses)
    return (f"/* Generated: one of a thousand modules. */\n{declared}\n{own}"
            f"static int __init many_init(void)\n{{\n\tint value = {index};\n\n{calls}"
            "\treturn value < 0 ? -EIO : 0;\n}\n\n"
            "static void __exit many_exit(void)\n{\n}\n\n"
            "module_init(many_init);\nmodule_exit(many_exit);\n"
            'MODULE_LICENSE("GPL");\n')


def generate_many(folder):
    for index in range(MANY_MODULES):
        write(os.path.join(folder, f"bench_many_{index:04d}.c"), many_module(index))


def main(words):
    if len(words) != 3 or words[1] not in ("big", "many"):
        print(__doc__, file=sys.stderr)
        return 2
    os.makedirs(words[2], exist_ok=True)
    {"big": generate_big, "many": generate_many}[words[1]](words[2])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
