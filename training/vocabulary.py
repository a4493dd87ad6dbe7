"""The words of the models, and the words outside them that they can be taught to hear."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atelier.engine.tokenizer import RESERVED, Tokenizer
from training.french import FRENCH

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What a text encoder reads."""

    #: Every word of the captions, in the order of the rows of the embedding: append only.
    words: tuple[str, ...]
    #: What a word or a phrase outside the captions means in their words.
    synonyms: Mapping[str, str]
    #: Words without a picture.
    ignored: frozenset[str]
    #: What a person who typed something the model does not know is told.
    subjects: str
    #: Words that are read from one prompt.
    length: int = 40

    def document(self) -> str:
        """Return the tokenizer as the JSON that travels with the text encoder."""
        return json.dumps(
            {
                "words": self.words,
                "synonyms": self.synonyms,
                "ignored": sorted(self.ignored),
                "length": self.length,
            },
            separators=(",", ":"),
        )

    def tokenizer(self) -> Tokenizer:
        """Return the tokenizer with this vocabulary."""
        return Tokenizer.from_json(self.document())


_CAPTION_WORDS = """
, a add air an and art at background balloon beach blue boat car center change clear clouds day daylight
delete desert drawing dunes during evening field flat green hills hot house illustration in into it land
landscape large left lightning make moon moonlight mountains move night ocean of old on orange painting
pencil photo picture pink pixel purple red remove replace right sailboat sea sepia sketch sky small snow
snowy stars storm stormy style sunny sunset tall the to tree turn vintage watercolor white winter with
yellow
"""

_SYNONYMS = {
    # skies
    "daytime": "day",
    "noon": "day",
    "midday": "day",
    "afternoon": "day",
    "morning": "day",
    "sunshine": "sunny day",
    "sunlight": "daylight",
    "sunlit": "sunny",
    "bright day": "sunny day",
    "clear day": "day , clear sky",
    "sun": "sunny",
    "dusk": "sunset",
    "dawn": "sunset",
    "sunrise": "sunset",
    "sundown": "sunset",
    "twilight": "sunset",
    "golden hour": "sunset",
    "setting sun": "sunset",
    "rising sun": "sunset",
    "red sky": "sunset",
    "orange sky": "sunset",
    "pink sky": "sunset",
    "evening sky": "sunset",
    "nighttime": "night",
    "midnight": "night",
    "nocturnal": "night",
    "night sky": "night",
    "dark sky": "night",
    "starry night": "night",
    "starry sky": "moon and stars",
    "starry": "stars",
    "moonlit": "moonlight",
    "crescent": "moon",
    "thunderstorm": "storm",
    "thunder": "storm",
    "tempest": "storm",
    "bad weather": "storm",
    "rainy": "stormy",
    "rain": "storm",
    "grey sky": "stormy sky",
    "gray sky": "stormy sky",
    "dark clouds": "stormy sky",
    "storm clouds": "stormy sky",
    "overcast": "stormy sky",
    # clouds
    "cloudy": "clouds",
    "cloudy sky": "clouds",
    "cloudless": "clear sky",
    "cloudless sky": "clear sky",
    "no clouds": "clear sky",
    "no cloud": "clear sky",
    "without clouds": "clear sky",
    "without any clouds": "clear sky",
    "without a cloud": "clear sky",
    # lands
    "mountain": "mountains",
    "mountain range": "mountains",
    "mount": "mountains",
    "peak": "mountains",
    "summit": "mountains",
    "alps": "snowy mountains",
    "alpine": "mountains",
    "seaside": "sea",
    "seascape": "sea",
    "shore": "beach",
    "seashore": "beach",
    "coast": "beach",
    "coastline": "beach",
    "water": "sea",
    "waves": "sea",
    "lake": "sea",
    "bay": "sea",
    "meadow": "hills",
    "grassland": "hills",
    "pasture": "hills",
    "countryside": "hills",
    "grass": "green hills",
    "grassy": "green",
    "hillside": "hills",
    "rolling hills": "hills",
    "prairie": "hills",
    "hilly": "hills",
    "sand": "desert dunes",
    "sandy": "desert",
    "sandy beach": "beach",
    "sahara": "desert",
    "wasteland": "desert",
    "dune": "desert dunes",
    "wintry": "winter",
    "wintertime": "winter",
    "snowfield": "snowy field",
    "snowy land": "snow",
    "snow covered": "snowy",
    "snowcapped": "snowy",
    "snow capped": "snowy",
    "ice": "snow",
    "icy": "snowy",
    # styles
    "watercolour": "watercolor",
    "water colour": "watercolor",
    "water color": "watercolor",
    "aquarelle": "watercolor",
    "aquarel": "watercolor",
    "pixelated": "pixel art",
    "pixelart": "pixel art",
    "8 bit": "pixel art",
    "8bit": "pixel art",
    "16 bit": "pixel art",
    "retro game": "pixel art",
    "pixels": "pixel art",
    "sketched": "sketch",
    "pencil drawn": "pencil drawing",
    "drawn": "drawing",
    "draw": "drawing",
    "hatched": "pencil sketch",
    "hatching": "pencil sketch",
    "graphite": "pencil",
    "charcoal": "pencil sketch",
    "photograph": "photo",
    "photography": "photo",
    "antique": "vintage",
    "old fashioned": "vintage",
    "oldfashioned": "vintage",
    "aged": "old",
    "flat design": "flat illustration",
    "vector art": "flat illustration",
    "vector": "flat illustration",
    "vector illustration": "flat illustration",
    "cartoon": "flat illustration",
    "clipart": "flat illustration",
    "clip art": "flat illustration",
    "painted": "painting",
    # objects
    "cottage": "house",
    "cabin": "house",
    "hut": "house",
    "home": "house",
    "farmhouse": "house",
    "bungalow": "house",
    "chalet": "house",
    "automobile": "car",
    "vehicle": "car",
    "ship": "boat",
    "sailing boat": "sailboat",
    "sailing ship": "sailboat",
    "yacht": "sailboat",
    "dinghy": "sailboat",
    "vessel": "boat",
    "oak": "tree",
    "maple": "tree",
    "hot air balloon": "hot air balloon",
    "air balloon": "hot air balloon",
    "airballoon": "hot air balloon",
    # colours
    "crimson": "red",
    "scarlet": "red",
    "ruby": "red",
    "cherry red": "red",
    "dark red": "red",
    "navy": "blue",
    "azure": "blue",
    "cobalt": "blue",
    "dark blue": "blue",
    "light blue": "blue",
    "gold": "yellow",
    "golden": "yellow",
    "lemon": "yellow",
    "emerald": "green",
    "olive": "green",
    "lime": "green",
    "dark green": "green",
    "light green": "green",
    "ivory": "white",
    "violet": "purple",
    "lilac": "purple",
    "lavender": "purple",
    "magenta": "pink",
    "rose": "pink",
    "amber": "orange",
    # sizes and positions
    "big": "large",
    "huge": "large",
    "giant": "large",
    "enormous": "large",
    "tiny": "small",
    "little": "small",
    "miniature": "small",
    "high": "tall",
    "middle": "center",
    "centre": "center",
    "centered": "in the center",
    "centred": "in the center",
    "left hand": "left",
    "right hand": "right",
    "leftmost": "left",
    "rightmost": "right",
    # instructions
    "erase": "remove",
    "get rid of": "remove",
    "take away": "remove",
    "take out": "remove",
    "insert": "add",
    "put": "add",
    "place": "add",
    "swap": "replace",
    "substitute": "replace",
    "exchange": "replace",
    "shift": "move",
    "convert": "turn",
    "transform": "turn",
    "recolor": "change",
    "recolour": "change",
    "paint": "make",
    "become": "into",
    "by night": "at night",
    "by day": "during the day",
}

_FILLERS = """
about above across after all also am any are around as asked back be beautiful been before behind being
below beside between both but by can color colored colour coloured could create depict depicted
depicting depicts detailed do does draws environment every for from front full generate gentle get give
has have having he her here him his i idyllic image its itself just kind let like look looks lot lovely
made making many masterpiece me medium my near next nice now one onto or our out over part peaceful
please pretty quality quiet really render rendering s scene scenery scenic seen setting she should show
showing shown shows side simple single size sized so some something sort standing stands still styled
stylized such than that their them then there these they thing this those through time together too top
towards under up upon us use using very view visible want was we weather well were what when where which
while whole wide will within would you your
"""

SMALL = Vocabulary(
    words=(*RESERVED, *_CAPTION_WORDS.split()),
    synonyms=_SYNONYMS,
    ignored=frozenset(_FILLERS.split()),
    subjects=(
        "It draws landscapes (mountains, sea, hills, desert, snow) by day, at sunset, at night or in a storm,"
        " as flat illustration, watercolor, pixel art, pencil sketch or sepia photo."
    ),
)

_MORE_WORDS = """
autumn bird blueprint cartoon cat dawn fish first lighthouse like oil paint put repair restore same second
spring summer third two windmill
"""

_MORE_SYNONYMS = {
    "sunrise": "dawn",
    "daybreak": "dawn",
    "rising sun": "dawn",
    "early morning": "dawn",
    "first light": "dawn",
    "fall colors": "autumn",
    "autumnal": "autumn",
    "springtime": "spring",
    "summertime": "summer",
    "wintertime": "winter",
    "cartoonish": "cartoon",
    "comic": "cartoon",
    "comic book": "cartoon",
    "comics": "cartoon",
    "toon": "cartoon",
    "clipart": "cartoon",
    "clip art": "cartoon",
    "animated": "cartoon",
    "technical drawing": "blueprint",
    "blue print": "blueprint",
    "cyanotype": "blueprint",
    "impasto": "oil painting",
    "oil on canvas": "oil painting",
    "oils": "oil",
    "impressionist": "oil painting",
    "kitten": "cat",
    "kitty": "cat",
    "tomcat": "cat",
    "salmon": "fish",
    "trout": "fish",
    "tuna": "fish",
    "seagull": "bird",
    "gull": "bird",
    "sparrow": "bird",
    "swallow": "bird",
    "pigeon": "bird",
    "light house": "lighthouse",
    "beacon": "lighthouse",
    "wind mill": "windmill",
    "mill": "windmill",
    "1": "first",
    "2": "second",
    "3": "third",
    "1st": "first",
    "2nd": "second",
    "3rd": "third",
    "image": "picture",
    "pair of": "two",
    "couple of": "two",
    "insert": "put",
    "place": "put",
    "fix": "repair",
    "mend": "repair",
    "similar to": "like",
}
#: What the wide world has a word of its own for.
_OWN = frozenset({"dawn", "cartoon"})

WIDE = Vocabulary(
    words=(*SMALL.words, *_MORE_WORDS.split()),
    synonyms={
        **{phrase: meaning for phrase, meaning in _SYNONYMS.items() if phrase not in _OWN},
        **_MORE_SYNONYMS,
        **FRENCH,
    },
    ignored=SMALL.ignored - {"image", "like", "one"} | {"colors"},
    subjects=(
        "It draws landscapes (mountains, sea, hills, desert, snow) in every season and at every time of day"
        " with houses, trees, boats, cars, balloons, fish, birds, lighthouses, windmills and cats, as flat"
        " illustration, watercolor, pixel art, pencil sketch, sepia photo, oil painting, cartoon or"
        " blueprint."
    ),
)
