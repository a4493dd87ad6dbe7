"""The colours of the scenes, and what light does to them."""

from __future__ import annotations

Color = tuple[int, int, int]
Light = tuple[float, float, float]

#: Top, middle and horizon of each sky.
SKY_GRADIENT: dict[str, tuple[Color, Color, Color]] = {
    "day": ((58, 132, 224), (128, 190, 244), (206, 232, 250)),
    "sunset": ((74, 52, 120), (232, 110, 84), (255, 206, 116)),
    "night": ((7, 9, 38), (22, 28, 78), (58, 66, 122)),
    "stormy": ((48, 54, 66), (86, 94, 106), (140, 148, 156)),
    "dawn": ((132, 168, 226), (244, 190, 208), (255, 236, 200)),
}
CLOUD: dict[str, Color] = {
    "day": (255, 255, 255),
    "sunset": (255, 176, 150),
    "night": (70, 78, 122),
    "stormy": (66, 72, 84),
    "dawn": (255, 232, 236),
}
#: What the light of each sky leaves of a colour of the land.
LAND_LIGHT: dict[str, Light] = {
    "day": (1.0, 1.0, 1.0),
    "sunset": (1.0, 0.80, 0.68),
    "night": (0.36, 0.42, 0.66),
    "stormy": (0.64, 0.68, 0.74),
    "dawn": (0.90, 0.84, 0.94),
}
#: The same for objects, which stay a little brighter so that their colour can be told.
OBJECT_LIGHT: dict[str, Light] = {
    "day": (1.0, 1.0, 1.0),
    "sunset": (1.0, 0.88, 0.80),
    "night": (0.62, 0.64, 0.82),
    "stormy": (0.80, 0.82, 0.86),
    "dawn": (0.96, 0.92, 0.97),
}
OBJECT_COLOR: dict[str, Color] = {
    "red": (214, 48, 44),
    "blue": (44, 98, 214),
    "yellow": (246, 204, 44),
    "green": (58, 160, 70),
    "white": (240, 240, 236),
    "purple": (140, 70, 190),
    "orange": (240, 134, 36),
    "pink": (244, 130, 178),
}
#: Shadow of an object on each land.
SHADOW: dict[str, Color] = {
    "mountains": (60, 104, 50),
    "sea": (190, 164, 112),
    "hills": (56, 110, 46),
    "desert": (170, 122, 62),
    "snow": (190, 204, 226),
}
#: The same where a season changes it.
SEASON_SHADOW: dict[str, Color] = {
    "spring": (122, 162, 66),
    "autumn": (128, 76, 36),
    "winter": (186, 198, 220),
}


def lit(color: Color, light: Light) -> Color:
    """Put a colour into a light."""
    red, green, blue = (max(0, min(255, int(value * part))) for value, part in zip(color, light, strict=True))
    return red, green, blue


def darker(color: Color, share: float) -> Color:
    """Keep a share of a colour's brightness."""
    return lit(color, (share, share, share))


def blend(one: Color, other: Color, share: float) -> Color:
    """Mix two colours; `share` is the other's."""
    red, green, blue = (int(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
