"""The forms of an assignment's settings as what they ask for: fields in, an assignment out."""

from dataclasses import asdict, replace

from grader.model import (
    Assignment,
    Autograd,
    BonusCap,
    Breach,
    Credit,
    Device,
    Forbidden,
    Function,
    Isolation,
    Limits,
    Manual,
    Shown,
    Visibility,
)
from grader.web.assignment.fields import Fields

MIB = 1 << 20
KIB = 1 << 10


def text_asked(form: Fields, now: Assignment) -> Assignment:
    """Return what the page of the text asks for; the text itself is a file."""
    return replace(now, title=form.text("title"))


def points_asked(form: Fields, now: Assignment) -> Assignment:
    """Return what the page of points asks for. A row without a name is left out."""
    return replace(
        now,
        functions=tuple(
            Function(
                form.text(f"functions[{row}].name"),
                form.number(f"functions[{row}].points"),
                form.ticked(f"functions[{row}].bonus"),
                form.text(f"functions[{row}].entry"),
            )
            for row in form.rows("functions")
            if form.text(f"functions[{row}].name")
        ),
        manual=tuple(_manual(form, f"manual[{row}]") for row in form.rows("manual") if _named(form, row)),
        bonus_cap=form.choice("bonus_cap", BonusCap),
        parts=form.lines("parts"),
        shown=Shown(
            **{name: form.choice(f"visibility.{name}", Visibility) for name in Shown.__annotations__}
        ),
    )


def _named(form: Fields, row: int) -> bool:
    return bool(form.text(f"manual[{row}].name"))


def _manual(form: Fields, row: str) -> Manual:
    return Manual(
        form.text(f"{row}.name"),
        form.number(f"{row}.points"),
        form.ticked(f"{row}.bonus"),
        form.block(f"{row}.what"),
        form.lines(f"{row}.files"),
    )


def rules_asked(form: Fields, now: Assignment) -> Assignment:
    """Return what the page of limits and of what is forbidden asks for."""
    return replace(
        now,
        entry=form.text("entry"),
        files=form.lines("files"),
        device=form.choice("device", Device),
        isolation=form.choice("isolation", Isolation),
        limits=Limits(
            import_seconds=form.number("limits.import_seconds"),
            test_seconds=form.number("limits.test_seconds"),
            total_seconds=form.number("limits.total_seconds"),
            memory_bytes=_scaled(form, "limits.memory_bytes", MIB, now.limits.memory_bytes),
            processes=form.whole("limits.processes"),
            output_bytes=_scaled(form, "limits.output_bytes", KIB, now.limits.output_bytes),
            cell_seconds=form.number("limits.cell_seconds"),
        ),
        forbidden=Forbidden(
            autograd=form.choice("forbid.autograd", Autograd),
            modules=form.lines("forbid.modules"),
            names=form.lines("forbid.names"),
            breach=form.choice("forbid.breach", Breach),
        ),
        credit=Credit(**{name: _share(form, name, before) for name, before in asdict(now.credit).items()}),
    )


def _share(form: Fields, name: str, before: float) -> float:
    """Return a share of a field in percent, which shows very long ones rounded."""
    written = form.number(f"credit.{name}")
    return before if written == float(f"{100 * before:.12g}") else written / 100


def _scaled(form: Fields, name: str, unit: int, before: int) -> int:
    """Return bytes of a field in larger units, which shows what is no multiple of them rounded."""
    written = form.number(name)
    return before if written == round(before / unit, 2) else round(written * unit)
