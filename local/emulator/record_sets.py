"""Route 53 refuses a batch that no zone could hold, and a change takes time to reach the name servers.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

import re
import time

import settings
import upstream
from ministack.services import route53

MAXIMUM_CHANGES = 1000
_QUOTED_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"(?:[ \t]+"(?:[^"\\]|\\.)*")*', re.DOTALL)
_QUOTED_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(?:[0-7]{3}|.)", re.DOTALL)

_submitted_at: dict[str, float] = {}


class Refused(Exception):
    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def changes_of(body: bytes) -> list[tuple[str, dict]]:
    root = route53._parse_body(body)
    batch = route53._find(root, "ChangeBatch") if root is not None else None
    changes = route53._find(batch, "Changes") if batch is not None else None
    if changes is None:
        return []
    found = []
    for change in route53._findall(changes, "Change"):
        record_set = route53._find(change, "ResourceRecordSet")
        if record_set is not None:
            found.append((route53._text(change, "Action"), route53._parse_record_set(record_set)))
    return found


def _require_text(name: str, value: str) -> None:
    problem = f"Invalid Resource Record: FATAL problem: {{}} encountered with '{value}'"
    if not _QUOTED_STRINGS.fullmatch(value):
        sentence = problem.format("InvalidCharacterString (Value should be enclosed in quotation marks)")
        raise Refused("InvalidChangeBatch", f"[{sentence} for {name}]")
    for part in _QUOTED_STRING.findall(value):
        if len(_ESCAPED.sub(".", part).encode()) > 255:
            raise Refused("InvalidChangeBatch", f"[{problem.format('CharacterStringTooLong')} for {name}]")


def _require_holdable(zone_name: str, present: list[dict], changes: list[tuple[str, dict]]) -> None:
    if len(changes) > MAXIMUM_CHANGES:
        raise Refused("InvalidChangeBatch", f"[Number of records limit of {MAXIMUM_CHANGES} exceeded.]")
    held = {(record["Name"], record["Type"]) for record in present}
    for action, record in changes:
        name, kind = record["Name"], record["Type"]
        if name != zone_name and not name.endswith(f".{zone_name}"):
            raise Refused("InvalidChangeBatch", f"[RRSet with DNS name {name} is not permitted in zone {zone_name}]")
        if not record.get("AliasTarget") and not (record.get("TTL") and record.get("ResourceRecords")):
            sentence = "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]], but found none"
            raise Refused("InvalidInput", f"Invalid request: {sentence} in Change with [Name={name}, Type={kind}]")
        if action == "DELETE":
            held.discard((name, kind))
            continue
        for value in record.get("ResourceRecords") or [] if kind == "TXT" else []:
            _require_text(name, value)
        if kind == "CNAME" and name == zone_name:
            sentence = f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone_name}"
            raise Refused("InvalidChangeBatch", f"[{sentence}]")
        if any(other == name and (other_kind == "CNAME") != (kind == "CNAME") for other, other_kind in held):
            sentence = f"RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records"
            raise Refused("InvalidChangeBatch", f"[{sentence} with the same DNS name in zone {zone_name}]")
        held.add((name, kind))


def _checked(change_record_sets):
    def checked(zone_id: str, body: bytes) -> tuple:
        zone = route53._zones.get(zone_id)
        if zone:
            try:
                _require_holdable(zone["name"], route53._records[zone_id], changes_of(body))
            except Refused as refused:
                return route53._error_response(refused.code, str(refused))
        return change_record_sets(zone_id, body)

    return checked


def _stamped(new_change):
    def stamped(*arguments) -> dict:
        change = new_change(*arguments)
        _submitted_at[change["id"]] = time.monotonic()
        return change

    return stamped


def _by_age(get_change):
    def by_age(change_id: str) -> tuple:
        change = route53._changes.get(change_id)
        if change:
            age_seconds = time.monotonic() - _submitted_at[change_id]
            change["status"] = "INSYNC" if age_seconds >= settings.INSYNC_SECONDS else "PENDING"
        return get_change(change_id)

    return by_age


def install() -> None:
    upstream.replace(route53, "_change_resource_record_sets", _checked)
    upstream.replace(route53, "_new_change", _stamped)
    upstream.replace(route53, "_get_change", _by_age)
