#!/usr/bin/env python3
"""Imports activities with msgspec and PyMongo: msgspec_import.py URI FILE. For `make bench` to compare with.

As fast as Python goes: msgspec checks the types while it parses, straight into structs; the text is parsed once more
for `raw_data`. An array is cut into records first, so that it is never all in memory as objects.
"""

import sys
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from upserts import Upserts

Positive = Annotated[int, Meta(gt=0)]
Count = Annotated[int, Meta(ge=0)]
Amount = Annotated[float, Meta(ge=0)] | None
Text = str | None
Number = float | None
Truth = bool | None


class Athlete(Struct, gc=False):
    id: Positive


class Map(Struct, gc=False):
    summary_polyline: Text = None
    resource_state: int | None = None


class Activity(Struct, gc=False):
    id: Positive
    athlete: Athlete
    resource_state: int
    name: str
    type: str
    distance: Annotated[float, Meta(ge=0)]
    moving_time: Count
    elapsed_time: Count
    start_date: datetime
    start_date_local: datetime
    sport_type: Text = None
    total_elevation_gain: Amount = None
    elev_high: Number = None
    elev_low: Number = None
    average_speed: Amount = None
    max_speed: Amount = None
    average_heartrate: Amount = None
    max_heartrate: Amount = None
    average_cadence: Number = None
    average_watts: Number = None
    kilojoules: Number = None
    timezone: Text = None
    utc_offset: Number = None
    location_city: Text = None
    location_state: Text = None
    location_country: Text = None
    start_latlng: list[float] | None = None
    end_latlng: list[float] | None = None
    map: Map | UnsetType | None = UNSET
    gear_id: Text = None
    device_name: Text = None
    visibility: Text = None
    trainer: Truth = None
    commute: Truth = None
    manual: Truth = None
    private: Truth = None
    has_heartrate: Truth = None


PLAIN = [name for name in Activity.__struct_fields__ if name not in ("id", "athlete", "map")]


def records(path):
    with open(path, "rb") as file:
        first = file.read(1)
        file.seek(0)
        if first == b"[":
            yield from msgspec.json.decode(file.read(), type=list[msgspec.Raw])
        else:
            yield from file


def main(uri, path):
    upserts = Upserts(uri)
    decode, parse = msgspec.json.Decoder(Activity).decode, msgspec.json.Decoder().decode
    for text in records(path):
        activity = decode(text)
        fields = {name: value for name in PLAIN if (value := getattr(activity, name)) is not None}
        fields["strava_activity_id"] = activity.id
        fields["athlete_id"] = activity.athlete.id
        if activity.map:
            fields["map"] = msgspec.structs.asdict(activity.map)
        upserts.add(fields, parse(text))
    print(upserts.finish())


if __name__ == "__main__":
    main(*sys.argv[1:])
