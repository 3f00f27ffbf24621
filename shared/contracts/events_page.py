"""docs/events.md: every topic and every event on it, from the contracts."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.contracts import types
from shared.contracts.contract import CONTRACTS, TOPICS, Contract, Topic
from shared.contracts.outline import Line, lines
from shared.contracts.schemas import examples_of, schema_of
from shared.contracts.types import Verwerking

INTRODUCTION = """# The events

<!-- Generated from shared/contracts: `make docs`. Do not edit. -->

What the services tell each other, the providers and whoever else reads: this page has every topic, every type of event on
it, and why each field may exist. The same for programs: the JSON Schemas in
[shared/contracts/schemas](../shared/contracts/schemas), and `/v1/asyncapi.json` of each service.

An event is a [CloudEvent](https://cloudevents.io) 1.0 in structured mode (`application/cloudevents+json`), by the NL GOV
profile: the envelope says who (`source`), which (`id`, unique within `source`), what (`type`) and when it was recorded
(`time`); the fields below stand in `data`. Its Kafka key is `nl.wijkzorg.<name>/<natural key>`, each part percent-encoded:
two events with one key are one fact. Where a fact has a `versie`, the highest wins, in whatever order they arrive.

Within a version only optional fields are added, so **ignore fields you do not know**. A field marked `?` may be absent.
Beside a number stands between what it lies, beside a text or list how long it may be; a text is printable and has no line
breaks. A `date` is a local day (`2026-01-31`), a `moment` an instant with its offset (`2026-01-31T08:30:00Z`), an `id` a
random UUID, money a whole number of eurocents. An event is at most 128 KiB.
"""
PROCESSING = """## Why a field may exist

Each field has its purpose beside it, and belongs to one of these kinds of processing, with a ground in law and a retention
(AVG art. 5, 6 and 30). No event has a BSN, a person's name, an address or a free text about a person; the id of a client
is random, and still personal data.

| processing | ground | kept |
|---|---|---|
"""
_NAMES = {found: name.lower() for name, found in vars(types).items() if isinstance(found, Verwerking)}
Readers = Mapping[str, Sequence[str]]


def page(readers: Readers) -> str:
    """The whole page; `readers` says by the name of a topic who reads it."""
    parts = [INTRODUCTION, *_topics(readers), PROCESSING + _table(_processings())]
    for topic in TOPICS:
        parts += [f"## {_name(topic)}\n", f"{_about(topic, readers)}\n"]
        parts += [_event(contract) for contract in CONTRACTS.values() if contract.topic is topic]
    return "\n".join(parts)


def _topics(readers: Readers) -> Iterator[str]:
    yield "## The topics\n"
    yield "| topic | written by | read by | partitions | kept |\n|---|---|---|---|---|"
    rows = ((_link(t), t.writer, _and(readers[t.name]), str(t.partitions), _kept(t)) for t in TOPICS)
    yield _table(rows)
    yield (
        "`wijkzorg` is the prefix of this environment, `<AGB>` the code of a provider: a provider has a topic of its own to"
        " write on, and one to read.\n"
    )


def _processings() -> Iterator[tuple[str, ...]]:
    return ((f"**{name}**", found.grond, found.bewaartermijn) for found, name in _NAMES.items())


def _event(contract: Contract) -> str:
    schema = schema_of(contract)
    meaning = " ".join((contract.data.__doc__ or "").split())
    facts = [
        f"`{contract.type}`",
        f"Natural key: {', '.join(f'`{field}`' for field in contract.wire_key)}",
        *([f"Between fields: {schema['x-regel']}"] if contract.check else []),
        *(["Nobody publishes it yet."] if contract.planned else []),
    ]
    rows = (_row(line) for line in lines(schema["properties"]["data"], schema))
    example = json.dumps(examples_of(contract)[0], indent=2, ensure_ascii=False)
    return (
        f"### {contract.title}\n\n{meaning}\n\n" + "".join(f"- {fact}\n" for fact in facts) + "\n"
        "| field | what stands there | why | processing |\n|---|---|---|---|\n"
        f"{_table(rows)}\n<details><summary>An example</summary>\n\n```json\n{example}\n```\n\n</details>\n"
    )


def _row(line: Line) -> tuple[str, ...]:
    return (
        f"`{line.path}`{' ?' * line.optional}",
        _what(line),
        line.description,
        _NAMES[Verwerking(line.grond, line.bewaartermijn)],
    )


def _what(line: Line) -> str:
    of = {"list": "list of ", "object": "numbers, by "}.get(line.kind, "")
    if line.choices:
        return of + " ".join(f"`{choice}`" for choice in line.choices)
    if line.pattern:
        return f"{of or 'text '}`{line.pattern}`"
    return f"{line.kind} {line.limits}".strip()


def _about(topic: Topic, readers: Readers) -> str:
    written = {"aanbieder": "that provider alone"}.get(topic.writer, topic.writer)
    erased = " An empty record erases the fact of its key." if topic.compacted else ""
    return f"Written by {written}, read by {_and(readers[topic.name])}. Kept {_kept(topic)}.{erased}"


def _kept(topic: Topic) -> str:
    return "for ever, of each key the last (compacted)" if topic.compacted else "7 years"


def _name(topic: Topic) -> str:
    return f"wijkzorg.{topic.name}" + (".&lt;AGB&gt;" if topic.per_aanbieder else "")


def _link(topic: Topic) -> str:
    anchor = f"wijkzorg{topic.name}" + ("agb" if topic.per_aanbieder else "")
    return f"[{_name(topic)}](#{anchor})"


def _and(names: Sequence[str]) -> str:
    return ", ".join(names) or "nobody yet"


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    escaped = ([cell.replace("|", r"\|") for cell in row] for row in rows)
    return "".join(f"| {' | '.join(row)} |\n" for row in escaped)
