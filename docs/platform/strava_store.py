"""Reads and writes a database of strava-store from a backend: one file, on PyMongo and PyNaCl.

    store = Store(MongoClient(uri)["platform"], key_file="keys.json", fernet_keys=[key])
    user = store.sign_in(response["athlete"], response)    # seals the profile and the tokens
    user = store.user(900000001)                           # a dictionary in clear
    store.save_activity(activity)                          # "new", "updated", "unchanged" or "superseded"

It reads values in clear, Fernet tokens and sealed values. It seals what it writes as soon as the database has settings.
Threads can share a store; after a fork, make a new one. docs/adopting.md says how to deploy it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import bson
import nacl.bindings
import nacl.exceptions
import pymongo
from bson import Binary, DBRef, Decimal128, Int64, ObjectId
from bson.codec_options import CodecOptions, DatetimeConversion

Document = dict[str, Any]
Halves = Mapping[str, tuple[Document, Document]]  # the record and the typed fields of each half that is written
Session = pymongo.client_session.ClientSession
Owner = NamedTuple("Owner", [("collection", str), ("key", str), ("athlete", int)])  # whose envelopes a document has
DataKey = NamedTuple("DataKey", [("id", bytes), ("athlete", int), ("version", int), ("key", bytes)])

# The settings, and the data keys that were looked up since. Without settings, `generation` is None: nothing is sealed.
State = NamedTuple("State", [("read_at", float), ("by_id", dict[bytes, DataKey]), ("newest", dict[int, DataKey]),
    ("classes", frozenset[str]), ("form", str), ("master", bytes), ("generation", int | None)])  # fmt: skip

SCHEMA_VERSION, SEALED = 1, 0x80  # of documents; the BSON subtype of an envelope
FRESH, ROUNDS = 600.0, 100  # seconds until settings and data keys are read again; attempts of a write
CLOCK_ERROR = timedelta(hours=14)  # by which a `token_expires_at` of the platform's own may be wrong
MAJORITY = pymongo.WriteConcern("majority", j=True), pymongo.read_concern.ReadConcern("majority")
NEVER = datetime.min.replace(tzinfo=timezone.utc)
OPTIONS: CodecOptions[Document] = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_AUTO)

CLASSES = {
    "secret": "access_token refresh_token embed_token client_secret callback_url authorization",
    "identity": "firstname lastname username email dateofbirth bio sex profile profile_medium profile_original "
    "instagram_username clubs display_name avatar_url private_note full_name gender local_legend",
    "location": "start_latlng end_latlng latlng start_latitude start_longitude end_latitude end_longitude polyline "
    "summary_polyline location location_city location_state location_country city state country timezone",
    "health": "heartrate average_heartrate max_heartrate suffer_score perceived_exertion calories weight ftp zones "
    "distribution_buckets",
}
CLASS_OF = {key.replace("_", ""): name for name, keys in CLASSES.items() for key in keys.split()}
SECRETS = tuple("accesstoken refreshtoken clientsecret embedtoken idtoken password cookie authorization".split())
FIELDS = {
    "text": "name description type sport_type timezone location_city location_state location_country gear_id "
    "device_name external_id visibility",
    "amount": "distance total_elevation_gain average_speed max_speed average_heartrate max_heartrate",
    "number": "elev_high elev_low average_cadence average_watts weighted_average_watts max_watts kilojoules "
    "average_temp calories suffer_score utc_offset",
    "count": "moving_time elapsed_time",
    "whole": "workout_type kudos_count comment_count achievement_count",
    "flag": "trainer commute manual private flagged has_heartrate device_watts",
    "point": "start_latlng end_latlng",
}
TRACK = {"summary_polyline": "text", "resource_state": "whole"}
ACTIVITY = {name: kind for kind, names in FIELDS.items() for name in names.split()}
ATHLETE = "username firstname lastname email sex city state country".split()
HASHED = {"username": 1, "email": 2, "access_token": 3}  # the fields with a blind index, and the subkey of each
HASHES = {f"{name}_hash" for name in HASHED}
EFFORTS = {"segment_efforts", "splits_metric", "best_efforts"}
# The fields of a record, or of a half of a user, that are removed when it lacks them. `email` is shared with sign-in.
OWNED = {
    "record": {*ACTIVITY, "start_date", "start_date_local", "map", "resource_state"},
    "athlete": {*ATHLETE, "weight", "athlete_updated_at", "username_hash", "stub"} - {"email"},
    "token": {"access_token", "refresh_token", "token_expires_at", "access_token_hash"},
}
DATE = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)


class StoreError(Exception):
    """The reason why a database cannot be used, such as another key file or altered settings."""


class Unreadable(StoreError):
    """The reason why a value cannot be decrypted, with its path. It never contains the value."""


class Erased(StoreError):
    """The athlete or the activity was erased and must not be stored again."""


@functools.lru_cache(10_000)
def class_of(key: str) -> str | None:
    """Returns the class of the values under a key in any spelling; None if it has none."""
    joined, starts = "", [0]
    for character in re.split(r"\.|__", re.sub(r"(\.|__)+$", "", key))[-1]:
        if character not in "_- ":
            joined += character.lower() if character.isascii() else character
        elif joined[starts[-1] :] in ("athlete", "user", "map"):
            starts.append(len(joined))
    known = (CLASS_OF.get(joined[start:]) for start in starts)
    return "secret" if joined.endswith(SECRETS) else next(filter(None, known), None)


def date(value: Any) -> datetime:
    """Returns a stored date. A missing or invalid one is the earliest."""
    return value if isinstance(value, datetime) else NEVER


def mapping(value: Any) -> Document:
    """Returns a copy of an object, or an empty one for anything else."""
    return dict(value) if isinstance(value, Mapping) else {}


def moment(text: Any, name: str) -> tuple[datetime, datetime] | tuple[None, None]:
    """Returns the instant and the local time (as if it were UTC) of a date of Strava's, in whole milliseconds."""
    if text is None:
        return None, None
    try:
        found = datetime.fromisoformat(text.upper() if DATE.fullmatch(text) else "")
        local = found.replace(microsecond=found.microsecond // 1000 * 1000, tzinfo=timezone.utc)
        return local - (found.utcoffset() or timedelta()), local
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is not a date") from None


def typed(value: Any, kind: str, name: str) -> Any:
    """Returns the value of a typed field in its one BSON type; None if it is missing."""
    if value is None or (kind == "point" and value == []):
        return None
    if isinstance(value, {"text": str, "flag": bool}.get(kind, ())):
        return value
    number = float(str(value)) if isinstance(value, Decimal128) else value
    number = int(number) if kind == "id" and isinstance(number, str) and number.isdecimal() else number
    is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
    if is_number and (kind == "number" or (kind == "amount" and number >= 0)):
        return float(number)
    low, high = {"whole": (-(1 << 31), 1 << 31), "count": (0, 1 << 31), "id": (1, 1 << 63)}.get(kind, (0, 0))
    if is_number and low <= number < high and number == int(number):
        return Int64(number) if kind == "id" else int(number)
    if kind == "point" and isinstance(value, list) and len(value) == 2 and None not in value:
        pair = [typed(part, "number", name) for part in value]
        if abs(pair[0]) <= 90 and abs(pair[1]) <= 180:
            return pair
    raise ValueError(f"{name} has an invalid value")


def rank(raw: Document, half: str = "record") -> int:
    """Returns the level of detail that a record shows: 2 summary, 3 detailed."""
    full = {name: value for name, value in raw.items() if value not in (None, "", [], {})}
    claim = str(raw.get("resource_state")).removesuffix(".0")
    detail = (EFFORTS | {"embed_token"}) & full.keys()
    if half == "athlete":
        detail = {"bikes", "shoes", "clubs", "measurement_preference", "ftp", "email"} & full.keys()
    elif claim == "2":  # Only two members that no summary has outweigh what Strava says.
        words = any(isinstance(full.get(name), (str, list, Mapping)) for name in ("description", "embed_token", "gear"))
        detail = EFFORTS & full.keys() if words or full.get("calories", 0) != 0 else set()
    return 3 if claim == "3" or detail else 2


def activity_fields(raw: Document, athlete: int | None = None) -> Document:
    """Returns the typed fields of an activity. Raises `ValueError` without an id, an athlete or a start."""
    found: Document = {"strava_activity_id": typed(raw.get("id"), "id", "id"), "resource_state": rank(raw)}
    found["athlete_id"] = typed(mapping(raw.get("athlete")).get("id", athlete), "id", "athlete.id")
    found |= {name: typed(raw.get(name), kind, name) for name, kind in ACTIVITY.items()}
    found["type"], found["sport_type"] = found["type"] or found["sport_type"], found["sport_type"] or found["type"]
    found["start_date"] = moment(raw.get("start_date"), "start_date")[0]
    local = found["start_date_local"] = moment(raw.get("start_date_local"), "start_date_local")[1]
    if found["start_date"] is None and local is not None and abs(found["utc_offset"] or 0.0) <= 86_400:
        found["start_date"] = local - timedelta(milliseconds=int(found["utc_offset"] * 1000))
    track = {name: typed(mapping(raw.get("map")).get(name), kind, f"map.{name}") for name, kind in TRACK.items()}
    found["map"] = {name: value for name, value in track.items() if value is not None} or None
    if lacking := [name for name in ("strava_activity_id", "athlete_id", "start_date") if found[name] is None]:
        raise ValueError(f"{lacking[0]} is missing")
    return found


def athlete_fields(raw: Document, also: Document | None = None) -> Document:
    """Returns the typed fields of an athlete object, and further ones of the platform."""
    found: Document = {name: typed(raw.get(name), "text", name) for name in ATHLETE}
    found |= {name: found[name] or None for name in ("city", "state", "country")}
    found |= {"resource_state": rank(raw, "athlete"), "weight": typed(raw.get("weight"), "amount", "weight") or None}
    found["athlete_updated_at"] = moment(raw.get("updated_at"), "updated_at")[0]
    return found | (also or {})


def token_fields(raw: Document) -> Document:
    """Returns the typed fields of a token response."""
    found: Document = {name: typed(raw.get(name), "text", name) for name in ("access_token", "refresh_token")}
    if not found["access_token"] or any((token or "").startswith("gAAAA") for token in found.values()):
        raise ValueError("access_token is missing, or a token is encrypted already")
    seconds = typed(raw.get("expires_at"), "amount", "expires_at")
    if seconds is not None:
        found["token_expires_at"] = datetime.fromtimestamp(min(int(seconds), 253_402_300_799), timezone.utc)
    return found


def poly1305(key: bytes, message: bytes) -> bytes:
    """Returns the authenticator of RFC 8439, section 2.5, in plain arithmetic: PyNaCl has no crypto_onetimeauth."""
    factor, total = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, 0
    for start in range(0, len(message), 16):
        total = (total + int.from_bytes(message[start : start + 16] + b"\1", "little")) * factor % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) % (1 << 128)).to_bytes(16, "little")


def seal_envelope(plaintext: bytes, key: bytes, key_id: bytes, place: str) -> Binary:
    """Returns an envelope with a new random nonce."""
    head, nonce, encrypt = b"\1\1" + key_id, os.urandom(24), nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt
    return Binary(head + nonce + encrypt(plaintext, head + place.encode(), nonce, key), SEALED)


def open_envelope(envelope: bytes, place: str, find_key: Callable[[bytes], bytes]) -> bytes:
    """Returns the plaintext of an envelope. `find_key` returns the key with an id of 16 bytes."""
    if len(envelope) < 58 or envelope[:2] != b"\1\1":
        raise Unreadable("it is not an envelope of version 1")
    key, decrypt = find_key(envelope[2:18]), nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt
    try:
        return decrypt(envelope[42:], envelope[:18] + place.encode(), envelope[18:42], key)
    except nacl.exceptions.CryptoError:
        raise Unreadable("it was moved, truncated or altered") from None


def step(key: Any) -> str:
    """Returns one part of a JSON Pointer."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def new_document(collection: str, key: int, now: datetime) -> Document:
    """Returns the beginning of a document, with the `_id` that every writer gives it."""
    digest = hashlib.blake2b(f"{collection}:{key}".encode(), digest_size=32).digest()
    user = {"strava_id": Int64(key), "resource_state": 1} if collection == "users" else {}
    return {"_id": ObjectId(digest[:12]), **user, "schema_version": SCHEMA_VERSION, "created_at": now}


class KeyFile:
    """The keys of a key file. BLAKE2b is hashlib's, which has the keys, salts and personalisation of crypto_kdf."""

    def __init__(self, text: str) -> None:
        """Reads the text of a key file without a passphrase."""
        found = json.loads(text if text.startswith("{") else "{}")
        if found.get("version") != 1:
            raise StoreError("the key file has a passphrase, which nobody can give here, or another version than 1")
        self.masters = {uuid.UUID(name).bytes: base64.b64decode(key) for name, key in found["masters"].items()}
        index_key = base64.b64decode(found["index_key"])
        derived = functools.partial(hashlib.blake2b, key=index_key, digest_size=32, person=b"ssindex1")
        self._subkeys = [derived(salt=number.to_bytes(16, "little")).digest() for number in range(9)]

    def keyed(self, number: int, message: bytes) -> Binary:
        """Returns the keyed hash of a message under a subkey."""
        return Binary(hashlib.blake2b(message, key=self._subkeys[number], digest_size=32).digest(), 0)

    def blind(self, name: str, value: str) -> Binary:
        """Returns the blind index of a user name, a mail address or an access token."""
        value = value.strip("\t\n\v\f\r ")
        folded = value if name == "access_token" else re.sub("[A-Z]", lambda letter: letter[0].lower(), value)
        return self.keyed(HASHED[name], folded.encode())

    def digest(self, raw: Document) -> Binary:
        """Returns the digest by which import recognizes a record."""
        body = bson.encode({"v": raw})[7:-1]  # PyMongo moves the `_id` of an outer document to its front.
        parts = SCHEMA_VERSION.to_bytes(4, "little"), len(body).to_bytes(8, "little"), poly1305(self._subkeys[7], body)
        return self.keyed(4, b"".join(parts))


class Store:
    """A database of the platform, whose sealed values are read and written in clear."""

    def __init__(
        self, db: pymongo.database.Database[Document], key_file: str | None = None, *, key_fd: int | None = None,
        fernet_keys: Iterable[str | bytes] = (), seal: bool = True,
    ) -> None:  # fmt: skip
        """Reads the key file (default: STRAVA_STORE_KEY_FILE), or a descriptor. `seal=False` writes in clear."""
        self._path = None if key_fd is not None else key_file or os.environ["STRAVA_STORE_KEY_FILE"]
        self._keys = self._read_keys(self._path or key_fd or 0)
        self._seals, self._given = seal, db
        self._fernet: Any = None
        self._db = db.with_options(OPTIONS, None, *MAJORITY)
        self._state = self._read_state()
        if keys := list(fernet_keys):
            from cryptography.fernet import Fernet, MultiFernet

            self._fernet = MultiFernet([Fernet(key) for key in keys])

    def user(self, strava_id: int) -> Document | None:
        """Returns the user of an athlete, in clear."""
        found = self._given["users"].find_one({"strava_id": int(strava_id)})
        return self.decrypt(found, "users") if found else None

    def _user_by(self, name: str, value: str) -> Document | None:
        """Returns the user with a value: by its blind index, else by the value in clear, which has no index."""
        index = self._keys.blind(name, value)
        users = (self._given["users"].find_one(wanted) for wanted in ({f"{name}_hash": index}, {name: value}))
        clear = next((self.decrypt(user, "users") for user in users if user), {})
        return clear if clear and self._keys.blind(name, clear.get(name) or "") == index else None

    user_by_username = functools.partialmethod(_user_by, "username")
    user_by_email = functools.partialmethod(_user_by, "email")
    user_by_token = functools.partialmethod(_user_by, "access_token")  # not one that is stored as Fernet

    def decrypt(self, document: Mapping[str, Any], collection: str | None = None) -> Document:
        """Returns a document in clear, also a projection that has the ids: `strava_id`, `athlete_id`, `user_id` …"""
        other = "activities" if {"strava_activity_id", "user_id"} & document.keys() else "users"
        collection = collection or ("insights" if "insight_type" in document else other)
        clear: Document = self._opened(dict(document), collection, document, "")
        for name in ("access_token", "refresh_token") if collection == "users" and self._fernet else ():
            if isinstance(token := clear.get(name), str) and token.startswith("gAAAA"):
                try:
                    clear[name] = self._fernet.decrypt(token.encode()).decode()
                except Exception:  # It is InvalidToken of a module that is imported only where keys are given.
                    raise Unreadable(f"cannot decrypt /{name}: none of the Fernet keys made it") from None
        return clear

    def is_erased(self, athlete: int, activity: int | None = None) -> bool:
        """Returns whether an athlete, or an activity, was erased: nothing of either may be stored again."""
        names = [f"athlete:{athlete}"] + ([] if activity is None else [f"activity:{activity}"])
        ids = [self._keys.keyed(8, name.encode()) for name in names]
        return self._db["erasures"].find_one({"_id": {"$in": ids}, "lifted_at": None}, {"_id": 1}) is not None

    def sign_in(self, profile: Document, tokens: Document, also: Document | None = None) -> Document:
        """Stores an athlete object, further fields of the platform, and a token response. Returns the user in clear."""
        athlete = typed(profile["id"], "id", "athlete.id")
        both = {"token": (tokens, token_fields(tokens)), "athlete": (profile, athlete_fields(profile, also))}
        self._write(Owner("users", str(athlete), athlete), both, makes=True)
        return self.user(athlete) or {}

    def save_tokens(self, strava_id: int, tokens: Document) -> str:
        """Stores the response to a refresh, with the blind index; never over tokens that expire later."""
        return self._write(Owner("users", str(strava_id), strava_id), {"token": (tokens, token_fields(tokens))})

    def update_profile(self, profile: Document, also: Document | None = None) -> str:
        """Stores an athlete object of a known user: no summary over a detailed one, no older one over a newer one."""
        athlete = typed(profile["id"], "id", "id")
        return self._write(Owner("users", str(athlete), athlete), {"athlete": (profile, athlete_fields(profile, also))})

    def save_activity(self, response: Document, athlete: int | None = None) -> str:
        """Stores an activity as Strava sends it. `athlete` is the owner if the activity does not name one."""
        fields = activity_fields(response, athlete)
        owner = Owner("activities", str(fields["strava_activity_id"]), fields["athlete_id"])
        verdict = self._write(owner, {"record": (response, fields)}, makes=True)
        if verdict in ("new", "updated"):
            sync = {"$max": {"last_activity_sync": datetime.now(timezone.utc)}}
            self._db["users"].update_one({"strava_id": owner.athlete}, sync)
        return verdict

    def _write(self, owner: Owner, halves: Halves, makes: bool = False) -> str:
        """Stores what may be stored, again if another writer was faster or if data keys or settings have changed."""
        activity, first = int(owner.key) if owner.collection == "activities" else None, None
        for turn in range(ROUNDS):
            state = self._current()
            if self.is_erased(owner.athlete, activity):
                raise Erased(f"athlete {owner.athlete} or the activity was erased")
            key: Document = {"strava_activity_id": activity} if activity else {"strava_id": owner.athlete}
            if activity and state.form == "platform":
                key = {"$or": [key, {"strava_id": activity}]}  # The backend's oldest documents have strava_id alone.
            with self._db.client.start_session(causal_consistency=True) as session:
                stored = self._db[owner.collection].find_one(key, session=session) or {}
                now = max(datetime.now(timezone.utc), date(stored.get("updated_at")) + timedelta(milliseconds=1))
                now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # Each write has a time of its own.
                if not stored and not makes:
                    raise StoreError(f"athlete {owner.athlete} has not signed in")
                verdicts = {half: self._verdict(half, *part, stored) for half, part in halves.items()}
                due = {half: part for half, part in halves.items() if verdicts[half] in ("new", "updated")
                       or (first and verdicts[half] == "unchanged")}  # fmt: skip
                if not due:
                    return first or [*verdicts.values()][-1]
                if not self._apply(owner, state, due, stored, now, session):
                    time.sleep(min(0.001 * turn, 0.05))
                    continue
                first = first or [*verdicts.values()][-1]
                after = self._read_state(session)
            if after.generation == state.generation:
                return first
            self._state = after
            if self.is_erased(owner.athlete, activity):
                self._db[owner.collection].delete_one({"$and": [key, {"updated_at": now}]})
                if self.is_erased(owner.athlete):
                    self._db["data_keys"].delete_many({"strava_id": owner.athlete})
        raise StoreError(f"other programs keep changing the document {owner.key} of {owner.collection}")

    def _verdict(self, half: str, raw: Document, fields: Document, stored: Document) -> str:
        """Returns what happens to a record: "new", "updated", "unchanged" or "superseded"."""
        if not stored:
            return "new"
        try:
            clear = self.decrypt(stored, "activities" if half == "record" else "users")
        except Unreadable:
            clear = {}  # What cannot be decrypted is not known to be the same.
        held, source = mapping(clear.get("raw_data")), mapping(stored.get("source"))
        if half != "record":
            held, source = mapping(held.get(half)), mapping(source.get(half))
        is_same = source.get("digest") == bytes(self._keys.digest(raw)) and bson.encode(held) == bson.encode(raw)
        if is_same and all(clear.get(name) == fields.get(name) for name in (OWNED[half] | fields.keys()) - HASHES):
            return "unchanged"
        if half == "token":
            is_backends = source.get("as_of", NEVER) != stored.get("updated_at") and self._current().form == "platform"
            latest = date(fields.get("token_expires_at")) + CLOCK_ERROR * is_backends
            return "superseded" if date(stored.get("token_expires_at")) > latest else "updated"
        level = rank(held, half) if held else stored.get("resource_state")
        if level != fields["resource_state"]:
            return "superseded" if level == 3 else "updated"
        times = [date(part.get("athlete_updated_at")) for part in (stored, fields)]
        return "superseded" if times[0] > times[1] > NEVER else "updated"

    def _apply(
        self, owner: Owner, state: State, halves: Halves, stored: Document, now: datetime, session: Session
    ) -> bool:
        """Writes the halves if the document is still as it was read. Returns whether it was."""
        raws, sources, old = mapping(stored.get("raw_data")), mapping(stored.get("source")), stored.get("updated_at")
        for half, part in sources.items():  # A half that was whole at the old time is whole at the new one.
            if mapping(part).get("as_of", NEVER) == old:
                sources[half] = part | {"as_of": now}
        new: Document = {}
        for half, (raw, fields) in halves.items():
            new |= {name: value for name, value in fields.items() if value is not None}
            source = {
                "origin": "api", "file": "strava_store.py", "record": Int64(1), "digest": self._keys.digest(raw),
                "run": Binary.from_uuid(uuid.uuid4()), "imported_at": now, "as_of": now,
            }  # fmt: skip
            raws, sources = (raw, source) if half == "record" else (raws | {half: raw}, sources | {half: source})
        if "record" in halves and state.form == "platform":
            new |= {"strava_id": new["strava_activity_id"]} | ({"activity_type": new["type"]} if "type" in new else {})
        if "record" in halves and stored.get("user_id") in (None, owner.athlete):
            new["user_id"] = owner.athlete if state.form == "platform" else self._user_id(owner.athlete, now, session)
        hashed = () if state.generation is None else HASHED  # Hashes show that there were settings.
        new |= {f"{name}_hash": self._keys.blind(name, new[name]) for name in hashed if new.get(name)}
        if self._seals and state.generation is not None:
            new |= {"raw_data": raws}
            new = self._sealed(new, owner, state.classes, self._newest(owner.athlete, state)) | {"source": sources}
        elif "record" in halves:
            new["raw_data"] = raws
        elif "token" in halves:
            if self._fernet is None:
                raise StoreError("the database has no settings; give fernet_keys to store tokens as Fernet")
            for name in {"access_token", "refresh_token"} & new.keys():
                new[name] = self._fernet.encrypt(new[name].encode()).decode()
            new.pop("access_token_hash", None)  # It would be that of another value.
        new |= {"schema_version": SCHEMA_VERSION, "updated_at": now}
        if not stored:
            start = new_document(owner.collection, int(owner.key), now)
            return self._insert(owner.collection, start | new, session)
        missing = {name for half in halves for name in OWNED[half]} - new.keys()
        # What was decided from, and what is replaced, must be as it was read.
        read = {"updated_at", "resource_state", "raw_data", "source"} | new.keys() | missing
        guard = {"_id": stored["_id"]} | {name: {"$eq": stored.get(name)} for name in read}
        archive = {name: mapping(mapping(stored.get(name)).get("source")) for name in ("export_row", "export_profile")}
        carried = {f"{name}.source.as_of": now for name, source in archive.items() if source.get("as_of", NEVER) == old}
        change = {"$set": new | carried} | ({"$unset": dict.fromkeys(missing, "")} if missing else {})
        return self._db[owner.collection].update_one(guard, change, session=session).matched_count == 1

    def _insert(self, collection: str, document: Document, session: Session | None = None) -> bool:
        """Inserts a document, and returns whether no other writer was faster."""
        try:
            return self._db[collection].insert_one(document, session=session).acknowledged
        except pymongo.errors.DuplicateKeyError:
            return False

    def _user_id(self, athlete: int, now: datetime, session: Session) -> ObjectId:
        """Returns the `_id` of an athlete's user in the specification's form, and makes a stub if there is none."""
        while (found := self._db["users"].find_one({"strava_id": athlete}, {"_id": 1}, session=session)) is None:
            stub = new_document("users", athlete, now) | {"stub": True, "updated_at": now}
            self._insert("users", stub, session)
        return ObjectId(found["_id"])

    def _opened(self, value: Any, collection: str, document: Mapping[str, Any], path: str) -> Any:
        """Returns a value of a document with every envelope in it decrypted, also one inside another."""
        value = value.as_doc() if isinstance(value, DBRef) else value
        if isinstance(value, Mapping):
            return {key: self._opened(part, collection, document, path + step(key)) for key, part in value.items()}
        if isinstance(value, list):
            return [self._opened(part, collection, document, path + step(at)) for at, part in enumerate(value)]
        if getattr(value, "subtype", 0) != SEALED:
            return value
        owner = self._owner(collection, document)
        try:
            place = f"strava-store/1/{collection}/{owner.key}{path}"
            plaintext = open_envelope(bytes(value), place, lambda name: self._key(name, owner.athlete))
        except Unreadable as reason:
            raise Unreadable(f"cannot decrypt {path} of {collection} {owner.key}: {reason}") from None
        return self._opened(bson.decode(plaintext, self._given.codec_options)["v"], collection, document, path)

    def _sealed(self, document: Document, owner: Owner, classes: frozenset[str], key: DataKey) -> Document:
        """Returns a document with every value of a sealed class in an envelope. Envelopes stay as they are."""

        def member(name: Any, container: Any, path: str) -> Any:
            """Returns the sealed form of a member of an object or a list."""
            value, is_object = container[name], isinstance(container, Mapping)
            is_half = owner.collection == "users" and path in ("/raw_data/athlete", "/raw_data/token")
            is_stream = is_object and name == "data" and isinstance(container.get("type"), str)
            kind = (class_of(container["type"]) if is_stream else None) or (class_of(name) if is_object else None)
            if (is_half or kind in classes) and value not in (None, "") and getattr(value, "subtype", 0) != SEALED:
                place = f"strava-store/1/{owner.collection}/{owner.key}{path}"
                return seal_envelope(bson.encode({"v": value}), key.key, key.id, place)
            if isinstance(value, Mapping):
                return {part: member(part, value, path + step(part)) for part in value}
            parts = range(len(value)) if isinstance(value, list) else ()
            return [member(at, value, path + step(at)) for at in parts] if isinstance(value, list) else value

        return {name: member(name, document, step(name)) for name in document}

    def _owner(self, collection: str, document: Mapping[str, Any]) -> Owner:
        """Returns the athlete of a document, and the key that its envelopes are bound to."""
        whole = {name: value for name, value in document.items() if isinstance(value, int)}
        user, key = document.get("user_id"), whole.get("strava_id")
        athlete = key if collection == "users" else whole.get("athlete_id", whole.get("user_id"))
        if athlete is None and isinstance(user, ObjectId):
            athlete = mapping(self._db["users"].find_one({"_id": user}, {"strava_id": 1})).get("strava_id")
        if athlete is None:
            athlete = mapping(mapping(document.get("raw_data")).get("athlete")).get("id")
        if collection != "users":
            key = document.get("_id") if collection == "insights" else whole.get("strava_activity_id", key)
        if athlete is None or key is None:
            raise Unreadable(f"a document of {collection} lacks the fields that say whose it is")
        return Owner(collection, str(key), int(athlete))

    def _read_keys(self, source: str | int) -> KeyFile:
        """Returns the keys in a file that only this user or root can read, or behind a descriptor."""
        with open(source, encoding="ascii") as file:
            found = os.fstat(file.fileno())
            is_open = found.st_mode & (0o037 if found.st_uid == 0 else 0o077) or not os.path.isfile(source)
            if found.st_uid not in (0, os.geteuid()) or (is_open and source == self._path):
                raise StoreError(f"cannot use the key file {source}: it is not a file that only its owner can read")
            return KeyFile(file.read())

    def _current(self) -> State:
        """Returns settings and data keys that are at most ten minutes old."""
        if time.monotonic() - self._state.read_at > FRESH:
            self._state = self._read_state()
        return self._state

    def _read_state(self, session: Session | None = None) -> State:
        """Returns the settings after checking their MAC."""
        began = time.monotonic()
        found = self._db["store_settings"].find_one({"_id": "sealing"}, session=session)
        if found is None:
            if self._db["data_keys"].find_one({}, {"_id": 1}, session=session):
                raise StoreError("the database has data keys, but its settings are missing; see docs/keys.md")
            return State(began, {}, {}, frozenset(), "platform", b"", None)
        try:
            index_key, master = bytes(found["index_key_id"]), bytes(found["active_master_id"])
            parts = ["3" if "form" in found else "2", "store_settings", ",".join(sorted(found["classes"]))]
            parts += [str(uuid.UUID(bytes=index_key)), str(uuid.UUID(bytes=master)), str(int(found["digest"]))]
            message = "/".join(["strava-store", *parts, *([found["form"]] if "form" in found else [])])
            form, generation = found.get("form", "specification"), int(found.get("generation", 0))
            state = State(began, {}, {}, frozenset(found["classes"]), form, master, generation)
            is_true = hmac.compare_digest(self._keys.keyed(6, message.encode()), bytes(found["mac"]))
        except (KeyError, TypeError, ValueError):
            raise StoreError("the settings have an unknown form; use the newest strava_store.py") from None
        if not is_true:
            raise StoreError("the key file is another database's, or the settings were changed: their MAC is wrong")
        return state

    def _master(self, name: bytes) -> bytes:
        """Returns a master key. After a rotation, the key file is read again."""
        if name not in self._keys.masters and self._path is not None:
            self._keys = self._read_keys(self._path)
        if name not in self._keys.masters:
            raise Unreadable(f"master key {uuid.UUID(bytes=name)} is not in the key file; use the current one")
        return self._keys.masters[name]

    def _data_key(self, wanted: Document) -> DataKey | None:
        """Returns the data key of the highest version that a filter finds."""
        found = max(self._db["data_keys"].find(wanted), key=lambda key: key["version"], default=None)
        if found is None:
            return None
        name, athlete, version = bytes(found["_id"]), int(found["strava_id"]), int(found["version"])
        place = f"strava-store/1/data_keys/{uuid.UUID(bytes=name)}/{athlete}/{version}"
        return DataKey(name, athlete, version, open_envelope(bytes(found["wrapped_key"]), place, self._master))

    def _key(self, name: bytes, athlete: int) -> bytes:
        """Returns an athlete's data key with this id, of any version."""
        known = self._current().by_id
        data_key = known.get(name) or self._data_key({"_id": Binary(name, 4)})
        if data_key is None or data_key.athlete != athlete:
            raise Unreadable(f"data key {uuid.UUID(bytes=name)} does not exist, or is that of another athlete")
        known[name] = data_key
        return data_key.key

    def _newest(self, athlete: int, state: State) -> DataKey:
        """Returns the key that seals for an athlete. The first one is made, and used once the majority has it."""
        while athlete not in state.newest:
            if data_key := self._data_key({"strava_id": athlete}):
                state.newest[athlete] = data_key
                break
            self._db["data_keys"].create_index({"strava_id": 1, "version": 1}, unique=True)
            name, now = uuid.uuid4(), datetime.now(timezone.utc)
            place = f"strava-store/1/data_keys/{name}/{athlete}/1"
            wrapped = seal_envelope(os.urandom(32), self._master(state.master), state.master, place)
            made = {"_id": Binary.from_uuid(name), "strava_id": Int64(athlete), "version": 1, "wrapped_key": wrapped}
            # If another writer was faster, its key is the athlete's: the next turn reads it.
            self._insert("data_keys", made | {"master_key_id": Binary(state.master, 4), "created_at": now})
        return state.newest[athlete]
