"""Inputs and outputs of a node class, written shortly."""

from __future__ import annotations

from atelier.workflows.object_info import InputType, OutputType


def link(name: str, type: str, *, required: bool = True) -> InputType:
    """An input that only another node can fill."""
    return InputType(name=name, type=type, required=required)


def whole(
    name: str, default: int, minimum: int, maximum: int, *, step: int | None = None, required: bool = True
) -> InputType:
    return InputType(
        name=name,
        type="INT",
        required=required,
        default=default,
        minimum=minimum,
        maximum=maximum,
        step=step,
    )


def real(
    name: str,
    default: float,
    minimum: float,
    maximum: float,
    *,
    step: float | None = None,
    required: bool = True,
) -> InputType:
    return InputType(
        name=name,
        type="FLOAT",
        required=required,
        default=default,
        minimum=minimum,
        maximum=maximum,
        step=step,
    )


def text(name: str, default: str | None = "", *, multiline: bool = False, required: bool = True) -> InputType:
    return InputType(name=name, type="STRING", required=required, default=default, multiline=multiline)


def switch(name: str, default: bool, *, required: bool = True) -> InputType:
    return InputType(name=name, type="BOOLEAN", required=required, default=default)


def choice(name: str, *options: str, default: str | None = None, required: bool = True) -> InputType:
    return InputType(
        name=name, type="COMBO", required=required, default=default, options=options, dialect="old"
    )


def choice_of_server(name: str, *, default: str | None = None) -> InputType:
    """A list that depends on the server: its model files, its samplers."""
    return InputType(name=name, type="COMBO", default=default, dialect="old")


def fed(name: str, type: str) -> InputType:
    """A value that has a widget elsewhere, but here comes from another node."""
    return InputType(name=name, type=type, force_input=True)


def outputs(*pairs: tuple[str, str]) -> tuple[OutputType, ...]:
    """Outputs as (name, type)."""
    return tuple(OutputType(name=name, type=type) for name, type in pairs)
