"""A teacher's path: from a spreadsheet to a class that generates, and through a crash."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.service import begun, drawing, key, service_in, told

#: Written as a spreadsheet of a German school does: semicolons, Windows' line ends and code page.
ROSTER = (
    "".join(
        [
            "Name;Role;Class;Expiry\r\n",
            "Frau Öztürk;teacher;7b;31.07.2099\r\n",
            *(f"Schüler {number:02};;7b;31.07.2099\r\n" for number in range(1, 30)),
            "Zoë Müller;;7b;\r\n",
        ]
    )
    .replace("Ö", "Oe")
    .encode("cp1252")
)


def test_a_class_comes_from_a_spreadsheet_draws_at_once_and_outlives_a_crash(tmp_path: Path) -> None:
    with service_in(tmp_path) as service:
        service.start()
        roster, tokens = tmp_path / "roster.csv", tmp_path / "tokens"
        roster.write_bytes(ROSTER)
        told(begun(service.admin, "users", "import", roster, "--tokens", tokens, "--url", service.url))
        assert len(list(tokens.iterdir())) == 31

        names = ("Schüler_01", "Schüler_02", "Zoë_Müller")
        students = {name: key(tokens / f"{name}.env") for name in names}
        for each in [drawing(student, tmp_path / name) for name, student in students.items()]:
            told(each)
        assert [len(list((tmp_path / name).glob("*.png"))) for name in names] == [1, 1, 1]

        service.kill()
        service.start()
        jobs = told(begun(service.admin, "jobs", "list", "--all"))["jobs"]
        assert sorted((each["account"], each["state"]) for each in jobs) == [
            ("Schüler 01", "succeeded"),
            ("Schüler 02", "succeeded"),
            ("Zoë Müller", "succeeded"),
        ]
        teacher = key(tokens / "Frau_Oeztürk.env")
        overview = told(begun(teacher, "classes", "show", "7b"))
        assert sum(each["succeeded"] for each in overview["students"]) == 3
        assert len(overview["students"]) == 30
