"""Makes the files of this folder: one set of six made-up regions in several formats, and a file with the faults
that a widely used file of Indonesia's second level has. Run it here; needs ogr2ogr of GDAL."""

import json
import os
import shutil
import subprocess
import zipfile


def square(x, y, size=0.5):
    return [[[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]]


REGIONS = [
    ("3201", "Kabupaten Bogor", "32", square(106.5, -7)),
    ("3202", "Kabupaten Sukabumi", "32", square(107, -7)),
    ("3271", "Kota Bogor", "32", square(107.5, -7)),
    ("3272", "Kota Sukabumi", "32", square(106.5, -7.5)),
    ("3301", "Kabupaten Cilacap", "33", square(107, -7.5)),
    ("3302", "Kabupaten Banyumas", "33", square(107.5, -7.5)),
]


def feature(properties, coordinates):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": coordinates} if coordinates else None,
    }


def write(name, features, **members):
    with open(name, "w") as file:
        json.dump({"type": "FeatureCollection", **members, "features": features}, file, indent=1)
        file.write("\n")


def plain():
    return [feature({"kode": c, "nama": n, "prov": p}, shape) for c, n, p, shape in REGIONS]


def gadm():
    """Run-together names, NA for null, official codes lacking and twice, a lake, an invalid area, `crs`."""
    rows = [
        ("IDN.1.2_1", "AcehBaratDaya", "IDN.1_1", "NA", "Kabupaten", square(96, 3)),
        ("IDN.1.3_1", "AcehBarat", "IDN.1_1", "1107", "Kabupaten", square(96.5, 3)),
        ("IDN.9.3_1", "Banjar", "IDN.9_1", "3279", "Kota", square(108, -7)),
        ("IDN.13.2_1", "Banjar", "IDN.13_1", "6303", "Kabupaten", square(115, -3)),
        ("IDN.13.5_1", "KotaBaru", "IDN.13_1", "6303", "Kabupaten", square(116, -3)),
        ("IDN.33.9_1", "DanauToba", "IDN.33_1", "NA", "Waterbody", square(98.5, 2.5)),
        # A bow tie.
        ("IDN.33.1_1", "Asahan", "IDN.33_1", "1209", "Kabupaten", [[[99, 2], [100, 3], [100, 2], [99, 3], [99, 2]]]),
    ]
    return [
        feature(
            {"GID_2": g, "GID_1": p, "NAME_1": "JawaTimur", "NAME_2": n, "TYPE_2": t, "ENGTYPE_2": t, "CC_2": c},
            shape,
        )
        for g, n, p, c, t, shape in rows
    ]


def ogr(*arguments):
    subprocess.run(["ogr2ogr", *arguments], check=True)


write("regions.geojson", plain())
write("gadm.geojson", gadm(), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}})
with open("regions.geojsonl", "w") as lines:
    lines.writelines(json.dumps(each) + "\n" for each in plain())
with open("regions.csv", "w") as table:
    table.write("kode;nama;prov;wkt\n")
    for code, name, parent, (ring,) in REGIONS:
        table.write(f'{code};{name};{parent};"POLYGON(({", ".join(f"{x} {y}" for x, y in ring)}))"\n')
shutil.rmtree("shapefile", ignore_errors=True)
os.mkdir("shapefile")
ogr("-t_srs", "EPSG:32748", "-lco", "ENCODING=UTF-8", "shapefile/regions.shp", "regions.geojson")
with zipfile.ZipFile("shapefile.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for part in sorted(os.listdir("shapefile")):
        archive.write(f"shapefile/{part}", f"batas/{part}")
for ending, crs in (("gpkg", "EPSG:3857"), ("fgb", "EPSG:32748")):
    if os.path.exists(f"regions.{ending}"):
        os.remove(f"regions.{ending}")
    ogr("-t_srs", crs, "-nln", "regions", f"regions.{ending}", "regions.geojson")
# Two squares that share a side.
arcs = [[[0, 0], [0, 10]], [[0, 10], [-10, 10], [-10, 0], [0, 0]], [[0, 10], [10, 10], [10, 0], [0, 0]]]
with open("regions.topojson", "w") as file:
    json.dump(
        {
            "type": "Topology",
            "arcs": arcs,
            "objects": {
                "halves": {
                    "type": "GeometryCollection",
                    "geometries": [
                        {"type": "Polygon", "arcs": [[0, 1]], "properties": {"kode": "W", "nama": "West"}},
                        {"type": "Polygon", "arcs": [[0, 2]], "properties": {"kode": "E", "nama": "East"}},
                    ],
                }
            },
        },
        file,
        indent=1,
    )
    file.write("\n")
