"""What `make lint` counts in the text of the code base: persons in comments and documents, nested
conditional expressions, long lines. Each count has a limit, which follows it down.
"""
import re

PERSON = re.compile(r"\b(who|whom|whoever|nobody|somebody|someone|anybody|anyone|everybody|everyone)\b", re.I)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'')
LINE_MAX = 100


def comments(path, text):
    if path.endswith(".md"):
        return text
    if path.endswith(".asm"):
        return "\n".join(re.findall(r";(.*)", text))
    return "\n".join(COMMENT.findall(text))


def persons(path, text):
    """(persons, words) of what people read in the file."""
    prose = comments(path, text)
    return len(PERSON.findall(prose)), len(prose.split())


def without_texts(text):
    blank = COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    return TEXT.sub('""', blank)


def nested_conditionals(text):
    """Numbers of the lines in which a conditional expression begins inside another one: in one of its
    three parts, not in an argument of its own beside it."""
    found, depth, open_at, line = [], 0, [], 1
    for character in without_texts(text):
        if character == "\n":
            line += 1
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
            open_at = [at for at in open_at if at <= depth]
        elif character in ";{}":
            depth, open_at = 0, []
        elif character == ",":
            open_at = [at for at in open_at if at < depth]
        elif character == "?":
            if open_at:
                found.append(line)
            open_at.append(depth)
    return found


def long_lines(text):
    return [number for number, line in enumerate(text.splitlines(), 1)
            if len(line.expandtabs(8)) > LINE_MAX]
