"""Finds where expressions match in many texts, in machine code: two walks over the classes of their characters.

`begins_at` finds where a prefix of an expression stands, `matching` tries the expression there: a backtracking machine
runs its program. Prefixes are read off the expressions in `prefix`, programs in `program`; who calls this is `scan`.
The compiled code is cached by this file's date: what it calls and the constants that it holds must stand in this file.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medcd_platform.deid.compiling import compiled

DEEPEST = 4096  # places to come back to, at most; what needs more is left to `re`
NO_MATCH, TOO_DEEP = -1, -2
NONE = -1  # the program of an expression that has none

# What an instruction does; each is (what, a, b, c).
CLASS, SET, SPLIT, JUMP, GREEDY, LAZY, LOOK, LOOKED = range(8)
TEXT_BEGINS, LINE_BEGINS, TEXT_ENDS, LINE_ENDS, BOUNDARY, NO_BOUNDARY, MATCHED, BRANCH, FORK, BEHIND = range(8, 18)
PRESENT, ABSENT, ATOMIC = range(3)  # kinds of LOOKED
CHOICE, SHRINK, GROW, MARK = range(4)  # kinds of places to come back to


@compiled
def match(
    code: NDArray[np.int32],
    sets: NDArray[np.bool_],
    branches: NDArray[np.int32],
    program: int,
    classes: NDArray[np.uint16],
    at: int,
    begin: int,
    end: int,
    line: int,
    stack: NDArray[np.int64],
) -> int:
    """Behind the match at a place; NO_MATCH if there is none, TOO_DEEP if that can't be told.

    Args:
        code: the instructions.
        sets: which classes are in which set.
        branches: where each branch goes on by class.
        program: where the expression's instructions begin.
        classes: of the characters of all texts; none of any set stands between texts and behind the last.
        at: the place.
        begin: where its text begins.
        end: behind the text.
        line: the class of a line feed.
        stack: room for DEEPEST rows of four.
    """
    pc, pos, top = program, at, 0
    while True:
        what, a = code[pc, 0], code[pc, 1]
        failed = False
        if what == CLASS:
            failed = classes[pos] != a
            pos += 1
            pc += 1
        elif what == SET:
            failed = not sets[a, classes[pos]]
            pos += 1
            pc += 1
        elif what == SPLIT:
            if a >= 0 and not sets[a, classes[pos]]:
                pc = code[pc, 2]
            else:
                if top == len(stack):
                    return TOO_DEEP
                stack[top, 0], stack[top, 1], stack[top, 2] = CHOICE, code[pc, 2], pos
                top += 1
                pc += 1
        elif what == JUMP:
            pc = a
        elif what == BRANCH:
            pc = branches[a, classes[pos]]
            failed = pc == NONE
        elif what == FORK:
            if top == len(stack):
                return TOO_DEEP
            stack[top, 0], stack[top, 1], stack[top, 2] = CHOICE, pc + 1, pos
            top += 1
            pc = a
        elif what in (GREEDY, LAZY):
            least = most = code[pc, 2]
            if what == GREEDY:
                most = code[pc, 3]
            count = 0
            while count < most and sets[a, classes[pos + count]]:
                count += 1
            if count < least:
                failed = True
            elif what == LAZY or count > least:
                if top == len(stack):
                    return TOO_DEEP
                stack[top, 0], stack[top, 1], stack[top, 2] = SHRINK, pc + 1, pos + count
                stack[top, 3] = pos + least
                if what == LAZY:
                    stack[top, 0], stack[top, 1], stack[top, 3] = GROW, pc, pos + code[pc, 3]
                top += 1
            pos += count
            pc += 1
        elif what == LOOK:
            back, behind = a, code[pc, 2]
            if pos - back < begin:
                failed = behind < 0
                pc = behind
            else:
                if top == len(stack):
                    return TOO_DEEP
                stack[top, 0], stack[top, 1], stack[top, 2] = MARK, behind, pos
                top += 1
                pos -= back
                pc += 1
        elif what == LOOKED:
            top -= 1
            while stack[top, 0] != MARK:
                top -= 1
            failed = a == ABSENT
            if a == PRESENT:
                pos = stack[top, 2]
            pc += 1
        elif what == TEXT_BEGINS:
            failed = pos != begin
            pc += 1
        elif what == LINE_BEGINS:
            failed = pos != begin and classes[pos - 1] != line
            pc += 1
        elif what == TEXT_ENDS:
            failed = pos != end and not (pos == end - 1 and classes[pos] == line)
            pc += 1
        elif what == BEHIND:
            failed = pos != end
            pc += 1
        elif what == LINE_ENDS:
            failed = pos != end and classes[pos] != line
            pc += 1
        elif what in (BOUNDARY, NO_BOUNDARY):
            failed = (sets[a, classes[pos - 1]] != sets[a, classes[pos]]) != (what == BOUNDARY)
            pc += 1
        else:
            return pos
        while failed:
            if top == 0:
                return NO_MATCH
            kind, pc, pos = stack[top - 1, 0], stack[top - 1, 1], stack[top - 1, 2]
            failed = False
            if kind == SHRINK:
                pos -= 1
                stack[top - 1, 2] = pos
                if pos == stack[top - 1, 3]:
                    top -= 1
            elif kind == GROW:
                if pos < stack[top - 1, 3] and sets[code[pc, 1], classes[pos]]:
                    pos += 1
                    stack[top - 1, 2] = pos
                    pc += 1
                else:
                    top -= 1
                    failed = True
            else:
                top -= 1
                failed = kind == MARK and pc < 0
    return NO_MATCH


@compiled
def begins_at(
    classes: NDArray[np.uint16],
    masks: NDArray[np.uint64],
    numbers: NDArray[np.int64],
    order: NDArray[np.int64],
    shifts: NDArray[np.int64],
    ends: NDArray[np.int64],
    expressions: int,
    keys: NDArray[np.int64],
) -> int:
    """Writes where prefixes stand, as far as there is room; returns how many do.

    Args:
        classes: of the characters of all texts, those of text i up to ends[i].
        masks: by place around a beginning, class and 64 prefixes which of these let the class stand there.
        numbers: the expression of each prefix.
        order: in which the places are looked at.
        shifts: how far each of them is from the beginning.
        ends: behind each text.
        expressions: how many there are.
        keys: text and expression as one number, times 2^32, and the beginning.
    """
    count = text = 0
    for at in range(ends[-1]):
        while text < len(ends) and at >= ends[text]:
            text += 1
        for word in range(masks.shape[2]):
            left = masks[order[0], classes[at + shifts[0]], word]
            for i in range(1, len(order)):
                if left == 0:
                    break
                left &= masks[order[i], classes[at + shifts[i]], word]
            bit = 64 * word
            while left != 0:
                if left & np.uint64(1) != 0:
                    if count < len(keys):
                        keys[count] = (text * expressions + numbers[bit]) << 32 | at
                    count += 1
                left >>= np.uint64(1)
                bit += 1
    return count


@compiled
def matching(
    keys: NDArray[np.int64],
    classes: NDArray[np.uint16],
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    clear: NDArray[np.bool_],
    line: int,
    runs: NDArray[np.int64],
    code: NDArray[np.int32],
    sets: NDArray[np.bool_],
    branches: NDArray[np.int32],
) -> NDArray[np.int64]:
    """Behind the useful match at each of the keys, 0 if there is none; any other number if that can't be told.

    Args:
        keys: what `begins_at` writes, in that order.
        classes: of the characters of all texts.
        begins: where each text begins.
        ends: behind each text.
        clear: of which texts it can be told where expressions match; set to False where that proves wrong.
        line: the class of a line feed.
        runs: each expression's program, and that of what must hold behind a useful match; NONE for none.
        code, sets, branches: see `match`.
    """
    stack = np.empty((DEEPEST, 4), dtype=np.int64)
    behind = np.zeros(len(keys), dtype=np.int64)
    # By expression, before which place no further match can begin. Places are those of all texts: it only grows.
    done = np.zeros(len(runs), dtype=np.int64)
    for i in range(len(keys)):
        text, one = (keys[i] >> 32) // len(runs), (keys[i] >> 32) % len(runs)
        at = keys[i] & 0xFFFFFFFF
        if at < done[one]:
            continue
        done[one] = at + 1
        end = TOO_DEEP
        if clear[text] and runs[one, 0] != NONE:
            end = match(code, sets, branches, runs[one, 0], classes, at, begins[text], ends[text], line, stack)
            if end == TOO_DEEP:
                clear[text] = False
        if end == NO_MATCH:
            continue
        if end != TOO_DEEP:
            done[one], then = end, runs[one, 1]
            if then != NONE and (
                match(code, sets, branches, then, classes, end, begins[text], ends[text], line, stack) == NO_MATCH
            ):
                continue
        behind[i] = max(end, 1)
    return behind
