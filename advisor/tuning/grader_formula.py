"""The formula by which a grader brings scores together: arithmetic alone, read without being run as code."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Final

from advisor.errors import InputError

_BINARY: Final[Mapping[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
_FUNCTIONS: Final[Mapping[str, Callable[..., float]]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "log": math.log,
}


def formula(text: str, values: Mapping[str, float]) -> float:
    """The value of an arithmetic formula over `values`: + - * / ^ and a few functions. Raises InputError."""
    advice = f"use numbers, {', '.join(sorted(values))}, + - * / ^ and {', '.join(_FUNCTIONS)}"
    try:
        result = _value(ast.parse(text.strip().replace("^", "**"), mode="eval").body, values)
    except (SyntaxError, ArithmeticError, ValueError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise InputError(f"the formula {text!r} cannot be worked out: {error}", what_to_do=advice) from None
    if not math.isfinite(result):
        raise InputError(f"the formula {text!r} has no finite value", what_to_do=advice)
    return result


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand, values)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return float(_FUNCTIONS[node.func.id](*(_value(argument, values) for argument in node.args)))
    raise ValueError(f"{ast.unparse(node)} is not allowed")
