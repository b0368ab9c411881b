#!/usr/bin/env python3
"""Writes made-up activities in the form of Strava's API to standard output: generate.py KIND COUNT [--array] [--changed].

KIND is `summary` (what a list of activities holds, about 1.5 KB each) or `detailed` (one activity in full, with laps,
splits and efforts, about 17 KB). NDJSON, or with --array one array. With --changed each record has the id it has without,
and another name. The same arguments give the same bytes.

A pool of different activities is made first; each record is one of them under an id of its own, so that ten million
are made as fast as they can be written. No person, place or token in here is real.
"""

import argparse
import itertools
import json
import math
import random
import sys
import time

# A prime, so that it is not a multiple of another cycle. Detailed records are larger and vary within one record.
POOL = {"summary": 997, "detailed": 199}
ATHLETES = 500
FIRST_ID = 15_000_000_000
# The placeholder of the activity's id in the pool's texts; no other number has so many digits.
ID = 10**17
IDS_APART = 137

NAMES = [
    "Morning Run", "Afternoon Ride", "Evening Swim", "Lunch Walk", "Long run 🏃‍♀️", "Tempo 5×1 km", "Zürich → Rapperswil",
    "朝ラン", "शाम की दौड़", "Sortie à l'ancienne", 'Intervals, "hard"', "Col du Galibier", "Parkrun #137", "Recovery",
]
DESCRIPTIONS = ["", None, "Felt good.\nNegative split!", "Legs heavy; 31 °C", "with the club 🚴", "wind \\ rain \\ mud"]
# Type, sport type, speed in m/s, and whether it is outdoors.
SPORTS = [
    ("Run", "Run", 3.0, True), ("Run", "TrailRun", 2.6, True), ("Ride", "Ride", 7.5, True), ("Ride", "GravelRide", 6.4, True),
    ("VirtualRide", "VirtualRide", 8.4, False), ("Swim", "Swim", 0.8, False), ("Walk", "Walk", 1.5, True),
    ("Hike", "Hike", 1.2, True), ("WeightTraining", "WeightTraining", 0.0, False),
]  # fmt: skip
ZONES = [
    ("(GMT+01:00) Europe/Zurich", 7200), ("(GMT+05:30) Asia/Kolkata", 19800), ("(GMT-08:00) America/Los_Angeles", -25200),
    ("(GMT+09:00) Asia/Tokyo", 32400), ("(GMT-03:00) America/Sao_Paulo", -10800), ("(GMT+00:00) Europe/London", 0),
]  # fmt: skip
CITIES = [(None, None, None)] * 3 + [("Zürich", "Zürich", "Switzerland"), ("Mumbai", "Maharashtra", "India")]
DISTANCES = [("400m", 400), ("1/2 mile", 805), ("1K", 1000), ("1 mile", 1609), ("5K", 5000), ("10K", 10000)]


def polyline(points):
    """Google's encoded polyline: differences in 1e-5 degrees, five bits a character."""
    text, last = [], (0, 0)
    for point in points:
        units = [round(degrees * 1e5) for degrees in point]
        for value in (units[0] - last[0], units[1] - last[1]):
            value = ~(value << 1) if value < 0 else value << 1
            while value >= 0x20:
                text.append(chr((0x20 | value & 0x1F) + 63))
                value >>= 5
            text.append(chr(value + 63))
        last = units
    return "".join(text)


class Pool:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.athletes = [self.random.randrange(1_000_000, 150_000_000) for _ in range(ATHLETES)]

    def about(self, value, share, digits):
        return round(value * self.random.uniform(1 - share, 1 + share), digits)

    def chance(self, share):
        return self.random.random() < share

    def times(self, at, offset):
        return {
            "start_date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)),
            "start_date_local": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at + offset)),
        }

    def route(self):
        """Returns a track of some hundred points."""
        latitude, longitude, heading = self.random.uniform(-60, 60), self.random.uniform(-170, 170), 0.0
        points = []
        for _ in range(self.random.randrange(40, 240)):
            heading += self.random.uniform(-0.6, 0.6)
            latitude += math.sin(heading) * 0.0008
            longitude += math.cos(heading) * 0.0008
            points.append((latitude, longitude))
        return points

    def heart(self):
        if not self.has_heart:
            return {}
        average = self.about(145, 0.2, 1)
        return {"average_heartrate": average, "max_heartrate": float(round(average) + self.random.randrange(5, 30))}

    def summary(self, state=2):
        kind, sport, pace, outdoors = self.random.choice(SPORTS)
        zone, self.offset = self.random.choice(ZONES)
        city, region, country = self.random.choice(CITIES)
        points = self.route() if outdoors and self.chance(0.93) else []
        ends = [[round(degrees, 6) for degrees in point] for point in (points[:1] + points[-1:])]
        self.has_heart, self.has_power = self.chance(0.8), outdoors and self.chance(0.5)
        self.start = self.random.randrange(1_577_836_800, 1_750_000_000)
        self.moving = self.random.randrange(900, 7200)
        self.speed = self.about(pace, 0.2, 3)
        self.distance = round(self.moving * self.speed, 1)
        self.athlete = {"id": self.random.choice(self.athletes), "resource_state": 1}
        lines = {"polyline": polyline(points)} if state == 3 else {}
        workout = {"workout_type": self.random.choice([0, 0, None])} if kind == "Run" else {}
        power = {
            "average_watts": self.about(200, 0.4, 1), "max_watts": self.random.randrange(400, 900),
            "weighted_average_watts": self.random.randrange(150, 300), "device_watts": True,
            "kilojoules": self.about(900, 0.5, 1),
        } if self.has_power else {}  # fmt: skip
        return {
            "resource_state": state, "athlete": self.athlete, "name": self.random.choice(NAMES), "distance": self.distance,
            "moving_time": self.moving, "elapsed_time": self.moving + self.random.randrange(600),
            "total_elevation_gain": self.about(200, 1, 1) if outdoors else 0, "type": kind, "sport_type": sport, **workout,
            "id": ID, **self.times(self.start, self.offset), "timezone": zone, "utc_offset": float(self.offset),
            "location_city": city, "location_state": region, "location_country": country,
            "achievement_count": self.random.randrange(6), "kudos_count": self.random.randrange(60),
            "comment_count": self.random.randrange(5), "athlete_count": self.random.randrange(1, 5), "photo_count": 0,
            "map": {"id": f"a{ID}", **lines, "summary_polyline": polyline(points[::2]), "resource_state": state},
            "trainer": not outdoors, "commute": self.chance(0.06), "manual": False, "private": self.chance(0.04),
            "visibility": "everyone", "flagged": False, "gear_id": self.random.choice([None, "g10417262", "b9281725"]),
            "start_latlng": ends[0] if ends else [], "end_latlng": ends[1] if ends else [], "average_speed": self.speed,
            "max_speed": self.about(self.speed * 1.6, 0.3, 3), "average_cadence": self.about(78, 0.15, 1),
            "average_temp": self.random.randrange(35), **power, "has_heartrate": self.has_heart, **self.heart(),
            "heartrate_opt_out": False, "display_hide_heartrate_option": self.has_heart,
            "elev_high": self.about(450, 0.7, 1), "elev_low": self.about(40, 1.5, 1),
            "upload_id": self.random.randrange(16_000_000_000, 17_000_000_000),
            "upload_id_str": str(self.random.randrange(16_000_000_000, 17_000_000_000)),
            "external_id": f"garmin_ping_{self.random.randrange(10**11, 10**12)}", "from_accepted_tag": False,
            "pr_count": self.random.randrange(3), "total_photo_count": 0, "has_kudoed": self.chance(0.2),
        }  # fmt: skip

    def detailed(self):
        head = self.summary(state=3)
        return {
            **head, "description": self.random.choice(DESCRIPTIONS), "calories": self.about(600, 0.8, 1),
            "perceived_exertion": None, "prefer_perceived_exertion": None,
            "segment_efforts": [self.effort(self.segment(), 0.4) for _ in range(self.random.randrange(8))],
            "splits_metric": self.splits(1000), "splits_standard": self.splits(1609.34),
            "laps": [self.lap(number) for number in range(1, self.random.randrange(5, 18))],
            "best_efforts": [self.effort({}, 0.2, name) for name, metres in DISTANCES if metres < self.distance],
            "photos": {"primary": None, "count": 0}, "hide_from_home": False, "device_name": "Garmin Forerunner 255",
            "stats_visibility": [{"type": what, "visibility": "everyone"} for what in ("heart_rate", "pace", "power")],
            "embed_token": f"{self.random.getrandbits(160):040x}", "available_zones": [],
            "similar_activities": {
                "effort_count": 5, "average_speed": self.speed, "min_average_speed": self.about(2.5, 0.1, 15),
                "max_average_speed": self.about(3.5, 0.1, 15), "pr_rank": None, "resource_state": 2,
                "trend": {"speeds": [self.about(3, 0.2, 15) for _ in range(5)], "current_activity_index": 4, "direction": 0},
            },
        }  # fmt: skip

    def splits(self, metres):
        return [
            {
                "distance": self.about(metres, 0.002, 1), "elapsed_time": self.random.randrange(200, 500),
                "elevation_difference": self.about(3, 2, 1), "moving_time": self.random.randrange(200, 400), "split": number,
                "average_speed": self.about(3, 0.1, 2), "average_grade_adjusted_speed": self.about(3, 0.1, 2),
                **({"average_heartrate": self.about(145, 0.2, 14)} if self.has_heart else {}),
                "pace_zone": self.random.randrange(4),
            }
            for number in range(1, min(24, int(self.distance / metres) + 2))
        ]  # fmt: skip

    def belongs(self):
        return {
            "activity": {"id": ID, "visibility": "everyone", "resource_state": 1},
            "athlete": self.athlete,
        }

    def lap(self, number):
        seconds = self.random.randrange(200, 600)
        power = {"device_watts": True, "average_watts": self.about(200, 0.3, 1)} if self.has_power else {"device_watts": False}
        return {
            "id": self.random.randrange(54_000_000_000, 55_000_000_000), "resource_state": 2, "name": f"Lap {number}",
            **self.belongs(), "elapsed_time": seconds, "moving_time": seconds,
            **self.times(self.start + number * 300, self.offset), "distance": self.about(1000, 0.01, 2),
            "average_speed": self.about(3, 0.2, 2), "max_speed": self.about(4, 0.2, 2), "lap_index": number, "split": number,
            "start_index": number * 300, "end_index": number * 300 + 299, "total_elevation_gain": self.about(8, 0.9, 1),
            "average_cadence": self.about(80, 0.1, 1), **power, **self.heart(),
            "pace_zone": self.random.randrange(4),
        }  # fmt: skip

    def effort(self, segment, place, name="Hill Climb"):
        seconds = self.random.randrange(90, 900)
        return {
            "id": self.random.randrange(3 * 10**15, 4 * 10**15), "resource_state": 2, "name": name, **self.belongs(),
            "elapsed_time": seconds, "moving_time": seconds,
            **self.times(self.start + int(self.moving * place), self.offset), "distance": self.about(1000, 0.5, 1),
            "start_index": 100, "end_index": 100 + seconds, "average_cadence": self.about(80, 0.1, 1),
            "device_watts": self.has_power, **self.heart(), **segment, "pr_rank": None, "achievements": [],
            "visibility": "everyone", "hidden": False,
        }  # fmt: skip

    def segment(self):
        start = [self.random.uniform(-60, 60), self.random.uniform(-170, 170)]
        return {"segment": {
            "id": self.random.randrange(20_000_000, 30_000_000), "resource_state": 2, "name": "Hill Climb",
            "activity_type": "Run", "distance": self.about(1000, 0.5, 1), "average_grade": self.about(4, 2, 1),
            "maximum_grade": self.about(12, 0.5, 1), "elevation_high": self.about(450, 0.9, 1),
            "elevation_low": self.about(40, 1.5, 1), "start_latlng": [round(degrees, 6) for degrees in start],
            "end_latlng": [round(degrees + 0.01, 6) for degrees in start], "elevation_profile": None,
            "climb_category": self.random.randrange(4), "city": None, "state": None, "country": None, "private": False,
            "hazardous": False, "starred": False,
        }}  # fmt: skip


def records(kind, count, changed=False, seed=1):
    """Yields the texts of the records, as bytes."""
    pool = Pool(seed)
    make = {"summary": pool.summary, "detailed": pool.detailed}[kind]
    made = [make() for _ in range(POOL[kind])]
    if changed:
        made = [record | {"name": f"{record['name']} (renamed)"} for record in made]
    texts = [json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() for record in made]
    parts = [text.split(str(ID).encode()) for text in texts]
    for number, text in zip(range(count), itertools.cycle(parts)):
        yield str(FIRST_ID + number * IDS_APART).encode().join(text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("kind", choices=POOL)
    arguments.add_argument("count", type=int)
    arguments.add_argument("--array", action="store_true")
    arguments.add_argument("--changed", action="store_true")
    given = arguments.parse_args()
    made = records(given.kind, given.count, given.changed)
    out = sys.stdout.buffer
    # In pieces of some MB, because writing each record separately would cost more than making it.
    separator, first = (b",\n", b"[") if given.array else (b"\n", b"")
    while piece := list(itertools.islice(made, 1000)):
        out.write(first + separator.join(piece))
        first = separator
    out.write(b"]\n" if given.array else b"\n")


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        sys.exit("generate.py: nobody reads on")
