"""Calculates the weekly distance by sport from an export, prints it, and draws it as an SVG picture.

    strava-store export activities --fields sport_type,start_date_local,distance --since 2024-05-01 -o activities.ndjson
    python docs/examples/weekly_distance.py activities.ndjson weekly-distance.svg

It needs pandas. The same numbers always give the same picture.
"""

import sys

import pandas

# One row per activity. Distances are in meters.
activities = pandas.read_json(sys.argv[1], lines=True)

# A week begins on Monday, in the athlete's local time. The four sports with the longest distance have a column each,
# and "Other" is the sum of the rest.
local = pandas.to_datetime(activities.start_date_local).dt.tz_localize(None)
activities["week"] = local.dt.to_period("W-SUN").dt.start_time
kilometers = activities.pivot_table("distance", "week", "sport_type", "sum", fill_value=0) / 1000
sports = kilometers.sum().sort_values(ascending=False, kind="stable").index
weekly = kilometers[sports[:4]].assign(Other=kilometers[sports[4:]].sum(axis=1))
weekly = weekly.asfreq("7D", fill_value=0)
print(weekly.round(1).to_string())

# Draw one stacked bar per week.
COLORS = ["#fc4c02", "#1f77b4", "#2ca02c", "#9467bd", "#8c8c8c"]
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 260, 50, 40, 40
highest = max(weekly.sum(axis=1).max(), 1)
step = (WIDTH - LEFT - 10) / len(weekly)
scale = (HEIGHT - TOP - BOTTOM) / highest
svg = [
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
    f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    f'<text x="{LEFT}" y="16" fill="#333333">Kilometers per week</text>',
]
for index, sport in enumerate(weekly.columns):
    x = LEFT + 140 + 110 * index
    svg.append(f'<rect x="{x}" y="6" width="11" height="11" fill="{COLORS[index]}"/>')
    svg.append(f'<text x="{x + 16}" y="16" fill="#333333">{sport}</text>')
for share in 0, 0.5, 1:
    y = HEIGHT - BOTTOM - share * highest * scale
    svg.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 10}" stroke="#dddddd"/>')
    svg.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#333333">{share * highest:.0f}</text>')
month = "%b %Y"
for column, (week, row) in enumerate(weekly.iterrows()):
    x, y = LEFT + column * step, HEIGHT - BOTTOM
    for color, value in zip(COLORS, row):
        height = value * scale
        y -= height
        if height > 0:
            svg.append(f'<rect x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{height:.1f}" fill="{color}"/>')
    if week.day <= 7:
        svg.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" fill="#333333">{week.strftime(month)}</text>')
        month = "%b"
with open(sys.argv[2], "w") as file:
    file.write("\n".join([*svg, "</svg>"]) + "\n")
