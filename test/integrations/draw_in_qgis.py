"""Draws a choropleth as QGIS does, without a screen, and prints the colours of places as JSON.

python3 draw_in_qgis.py style|layer|lines URL|LINES WEST,SOUTH,EAST,NORTH LON,LAT ...
"""

import json
import os
import sys
import tempfile
import urllib.request

os.environ.setdefault('QT_QPA_PLATFORM', 'offscreen')
# Settings and caches of this run alone.
os.environ['HOME'] = tempfile.mkdtemp(prefix='chorograph-qgis-')

from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage
from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsLayerDefinition,
    QgsMapBoxGlStyleConversionContext,
    QgsMapBoxGlStyleConverter,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsVectorTileLayer,
)
from urllib.parse import quote

SIZE = 400


def fetch(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def styled(url):
    """As the dialog of QGIS does it where the style of a connection is given."""
    style = json.loads(fetch(url))
    (source,) = style['sources'].values()
    layer = QgsVectorTileLayer(f"type=xyz&url={quote(source['tiles'][0], safe='')}&zmin=0&zmax=14", 'tiles')
    context = QgsMapBoxGlStyleConversionContext()
    sprite = style['sprite']
    context.setSprites(QImage.fromData(fetch(sprite + '.png')), json.loads(fetch(sprite + '.json')))
    converter = QgsMapBoxGlStyleConverter()
    if converter.convert(style, context) != QgsMapBoxGlStyleConverter.Success:
        raise SystemExit(converter.errorMessage())
    if converter.warnings():
        raise SystemExit('\n'.join(converter.warnings()))
    layer.setRenderer(converter.renderer())
    return layer


def defined(url):
    file = os.path.join(os.environ['HOME'], 'layer.qlr')
    with open(file, 'wb') as out:
        out.write(fetch(url))
    project = QgsProject.instance()
    done, message = QgsLayerDefinition.loadLayerDefinition(file, project, project.layerTreeRoot())
    if not done:
        raise SystemExit(message)
    (layer,) = project.mapLayers().values()
    return layer


def pasted(lines):
    """As in the console for Python."""
    console = {}
    exec(lines, console)
    return console['layer']


def main(kind, url, box, places):
    layer = {'style': styled, 'layer': defined, 'lines': pasted}[kind](url)
    if not layer.isValid():
        raise SystemExit('QGIS does not take the layer')
    mercator = QgsCoordinateReferenceSystem('EPSG:3857')
    to_map = QgsCoordinateTransform(QgsCoordinateReferenceSystem('EPSG:4326'), mercator, QgsProject.instance())
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(mercator)
    settings.setOutputSize(QSize(SIZE, SIZE))
    settings.setBackgroundColor(QColor('white'))
    settings.setExtent(to_map.transformBoundingBox(QgsRectangle(*box)))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    if os.environ.get('CHOROGRAPH_PICTURE'):
        image.save(os.environ['CHOROGRAPH_PICTURE'])
    pixels = settings.mapToPixel()
    colors = []
    for place in places:
        at = pixels.transform(to_map.transform(QgsPointXY(*place)))
        colors.append(image.pixelColor(int(at.x()), int(at.y())).name())
    print(json.dumps(colors))


application = QgsApplication([], False)
application.initQgis()
numbers = [[float(part) for part in text.split(',')] for text in sys.argv[3:]]
main(sys.argv[1], sys.argv[2], numbers[0], numbers[1:])
# Nothing is to be saved, and Qt takes its time over going.
sys.stdout.flush()
os._exit(0)
