"""What is typed wrong, or set wrong, is said in one sentence that tells what to do."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local import Backends
from tests.e2e.command import ROOT, Place, Said
from wijkzorg.errors import sentence_of
from wijkzorg.main import application, main

pytestmark = pytest.mark.city

DECLARATION = "samples/declaration.xml"
FACTS = "samples/facts.jsonl"
REFUSED = "127.0.0.1:9"
COMMANDS = (
    (),
    ("up",),
    ("status",),
    ("feiten",),
    ("feiten", "publiceer"),
    ("aanbieder",),
    ("aanbieder", "registreer"),
    ("gebruik",),
    ("gebruik", "importeer"),
    ("bijdrage",),
    ("bijdrage", "bereken"),
    ("setup",),
    ("setup", "secrets"),
    ("setup", "backends"),
    ("bench",),
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A data folder from which nothing runs, and a Kafka that does not answer."""
    return Place(tmp_path / "data", KAFKA_BOOTSTRAP_SERVERS=REFUSED)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_when_asked(command: tuple[str, ...]) -> None:
    said = CliRunner().invoke(application(command), [*command, "--help"])
    assert said.exit_code == 0
    assert "Usage: " in said.output
    assert len(said.output.splitlines()) > 5


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("aanbieder", "registreer", "abc"), "eight digits"),
        (("aanbieder", "registreer", "6565605512"), "eight digits"),
        (("aanbieder", "registreer"), "AGB"),
        (("gebruik", "importeer"), "FILE"),
        (("gebruik", "importeer", DECLARATION, "--gemeentecode", "637"), "four digits"),
        (("feiten", "publiceer"), "FILE"),
        (("feiten", "publish"), "publish"),
        (("bijdrage", "bereken", "--tot", "april"), "YYYY-MM"),
        (("berekenen",), "berekenen"),
        (("status", "--wait", "-1"), "wait"),
    ],
)
def test_a_wrong_word_on_the_command_line_ends_with_code_two(arguments: tuple[str, ...], word: str) -> None:
    said = CliRunner(env={"COLUMNS": "200"}).invoke(application(arguments), arguments)
    assert said.exit_code == 2
    assert word in said.output


@pytest.fixture
def says(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run the command in this process, as its entry point would: a tenth of the time."""

    def run(*arguments: str, **environment: str) -> Said:
        for name, text in (place.environment | environment).items():
            monkeypatch.setenv(name, text)
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["wijkzorg", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gebruik", "importeer", "absent.xml"), ("absent.xml cannot be read", "Nothing was published")),
        (("feiten", "publiceer", "absent.jsonl"), ("absent.jsonl cannot be read", "Nothing was published")),
        (("feiten", "publiceer", "samples"), ("samples cannot be read", "Nothing was published")),
        (("gebruik", "importeer", FACTS), ("not well-formed XML", "nothing was imported")),
        (("gebruik", "importeer", DECLARATION, "--gemeentecode", "0384"), ("gemeente 0637", "gemeente 0384")),
        (("feiten", "publiceer", FACTS), ("Kafka does not answer", REFUSED)),
        (("status", "--at", "somewhere"), ("--at", "WIJKZORG_URL", "http://host:port")),
        (("status", "--at", "http://user:secret@here"), ("--at", "http://host:port")),
        (("status", "--at", f"http://{REFUSED}"), ("No service answers", REFUSED, "whether the system runs")),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    says: Callable[..., Said], arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    said = says(*arguments)
    assert said.is_one_sentence(*words), said


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("status", "--json"), 1, "Start it with `wijkzorg up"),
        (("gebruik", "importeer", "absent.xml", "--json"), 1, "Nothing was published"),
        (("feiten", "publiceer", FACTS, "--json"), 1, REFUSED),
        (("aanbieder", "registreer", "abc", "--json"), 2, "eight digits"),
        (("bijdrage", "bereken", "--tot", "april", "--json"), 2, "YYYY-MM"),
        (("berekenen", "--json"), 2, "berekenen"),
    ],
)
def test_for_a_program_an_error_is_one_object_that_holds_the_sentence(
    says: Callable[..., Said], arguments: tuple[str, ...], code: int, word: str
) -> None:
    said = says(*arguments)
    assert (said.code, said.out) == (code, "")
    answer = json.loads(said.err)
    assert answer.keys() == {"error"}
    assert word in answer["error"]


def test_a_fault_of_the_command_itself_is_no_sentence() -> None:
    assert sentence_of(LookupError("a bug")) is None


@pytest.mark.parametrize(
    ("setting", "wrong", "word"),
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "somewhere", "host:port"),
        ("WIJKZORG_TOPIC_PREFIX", "Wijk_zorg", "small letters"),
    ],
)
def test_a_setting_that_cannot_be_right_is_one_sentence(
    says: Callable[..., Said], setting: str, wrong: str, word: str
) -> None:
    said = says("feiten", "publiceer", FACTS, **{setting: wrong})
    assert said.is_one_sentence(setting, word), said


@pytest.mark.parametrize("wrong", ["mysql://somewhere/else", "postgresql:///nowhere"])
def test_up_with_no_address_of_a_database_is_one_sentence(place: Place, wrong: str) -> None:
    said = place.run("up", "--free-ports", WIJKZORG_POSTGRES_DSN=wrong)
    assert said.is_one_sentence("WIJKZORG_POSTGRES_DSN", "postgresql://user:password@host:port/database"), (
        said
    )


def test_up_with_a_kafka_that_does_not_answer_is_one_sentence(place: Place) -> None:
    dsn = "postgresql://user:secret@127.0.0.1:9/postgres"
    said = place.run("up", "--free-ports", WIJKZORG_POSTGRES_DSN=dsn)
    assert said.is_one_sentence("Kafka does not answer", REFUSED), said


def test_up_with_a_postgresql_that_refuses_is_one_sentence(backends: Backends, tmp_path: Path) -> None:
    place = Place(tmp_path / "data", KAFKA_BOOTSTRAP_SERVERS=backends.kafka_bootstrap_servers)
    wrong = backends.postgres_dsn.replace("wijkzorg:", "wijkzorg:secret")
    said = place.run("up", "--free-ports", WIJKZORG_POSTGRES_DSN=wrong)
    assert said.is_one_sentence("PostgreSQL refuses", "WIJKZORG_POSTGRES_DSN"), said
    assert "secret" not in said.err
    assert place.until_nothing_runs() == []


@pytest.mark.parametrize("first", [b"# A page\n", b'{"half": \n', b"\xff\xfe\n"])
def test_a_first_line_that_is_no_event_is_named(
    says: Callable[..., Said], tmp_path: Path, first: bytes
) -> None:
    file = tmp_path / "facts.jsonl"
    file.write_bytes(first + (ROOT / "samples" / "facts.jsonl").read_bytes())
    said = says("feiten", "publiceer", str(file))
    assert said.code == 1
    assert "line 1 (onleesbaar)" in said.err
    assert "Traceback" not in said.err
