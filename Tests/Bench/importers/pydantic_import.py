#!/usr/bin/env python3
"""Imports activities with orjson, Pydantic and PyMongo: pydantic_import.py URI FILE. For `make bench` to compare with."""

import sys
from datetime import datetime

import orjson
from pydantic import BaseModel, Field
from upserts import Upserts


class Athlete(BaseModel):
    id: int = Field(gt=0)


class Map(BaseModel):
    summary_polyline: str | None = None
    resource_state: int | None = None


class Activity(BaseModel):
    strava_activity_id: int = Field(validation_alias="id", gt=0)
    athlete: Athlete
    resource_state: int
    name: str
    type: str
    sport_type: str | None = None
    distance: float = Field(ge=0)
    total_elevation_gain: float | None = Field(None, ge=0)
    elev_high: float | None = None
    elev_low: float | None = None
    moving_time: int = Field(ge=0)
    elapsed_time: int = Field(ge=0)
    average_speed: float | None = Field(None, ge=0)
    max_speed: float | None = Field(None, ge=0)
    average_heartrate: float | None = Field(None, ge=0)
    max_heartrate: float | None = Field(None, ge=0)
    average_cadence: float | None = None
    average_watts: float | None = None
    kilojoules: float | None = None
    start_date: datetime
    start_date_local: datetime
    timezone: str | None = None
    utc_offset: float | None = None
    location_city: str | None = None
    location_state: str | None = None
    location_country: str | None = None
    start_latlng: list[float] | None = None
    end_latlng: list[float] | None = None
    map: Map | None = None
    gear_id: str | None = None
    device_name: str | None = None
    visibility: str | None = None
    trainer: bool | None = None
    commute: bool | None = None
    manual: bool | None = None
    private: bool | None = None
    has_heartrate: bool | None = None


def records(path):
    """Yields the records of NDJSON line by line, and those of an array after reading it whole."""
    with open(path, "rb") as file:
        first = file.read(1)
        file.seek(0)
        if first == b"[":
            yield from orjson.loads(file.read())
        else:
            yield from map(orjson.loads, file)


def main(uri, path):
    upserts = Upserts(uri)
    for raw in records(path):
        fields = Activity.model_validate(raw).model_dump(exclude_none=True)
        fields["athlete_id"] = fields.pop("athlete")["id"]
        upserts.add(fields, raw)
    print(upserts.finish())


if __name__ == "__main__":
    main(*sys.argv[1:])
