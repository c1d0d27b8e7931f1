"""A bundle's card as tables for people."""

from collections.abc import Iterator

from converter.table import Table, percent, percent_interval, rate, rate_interval
from edge.vision.card import (
    Card,
    CentreCrop,
    Cosine,
    DetectorCard,
    EmbedderCard,
    Euclidean,
    FaceCrop,
    LandmarksCard,
    Limits,
    OperatingPoint,
    WeightedL1,
    WholeCrop,
)

_KINDS = {EmbedderCard: "embedder", DetectorCard: "face detector", LandmarksCard: "face landmarks"}


def card_tables(card: Card) -> list[Table]:
    """All that the card says, in the order in which people ask."""
    return [_bundle(card), _input(card), *_by_kind(card), *_evaluation(card), _runtimes(card), _provenance(card)]


def operating_points(points: list[OperatingPoint]) -> Table:
    """The distances at which matches can be decided, with what each costs."""
    rows = [
        (
            rate(point.false_match_rate),
            rate_interval(point.interval),
            f"{point.distance:.4f}",
            percent(point.true_match_rate),
            f"{point.false_matches:,} / {point.non_mated_pairs:,}",
            f"{point.mated_pairs:,}",
        )
        for point in points
    ]
    columns = ("FMR", "95 % interval", "distance", "TMR", "false matches / non-mated pairs", "mated pairs")
    return Table("Operating points", columns, rows, "Intervals: bootstrap by identity.")


def _bundle(card: Card) -> Table:
    rows = [
        ("name", f"{card.name} {card.version}"),
        ("kind", _KINDS[type(card)]),
        ("what it is", card.description),
        ("card format", str(card.format)),
        ("model", f"{card.model.name}, sha256 {card.model.sha256}"),
        ("golden input", f"{card.golden.file.name}, cosine of at least {card.golden.min_cosine:g} expected"),
    ]
    return Table("Bundle", (), rows)


def _input(card: Card) -> Table:
    size = f"{card.input.width} x {card.input.height} {card.input.channels}"
    rows = [("size", size), ("fed with", f"pixel * {card.input.scale:.6g} + {card.input.offset:g}")]
    if isinstance(card, EmbedderCard):
        rows += [
            ("crop", _crop(card)),
            ("mirror image", "its embedding is averaged in" if card.mirror else "not used"),
            ("embedding", f"{card.dimensions} numbers" + (", scaled to length 1" if card.unit_length else "")),
            ("distance", _distance(card)),
            ("digest", card.digest),
        ]
    return Table("Input, crop and distance", (), rows)


def _crop(card: EmbedderCard) -> str:
    match card.crop:
        case FaceCrop(template):
            places = ", ".join(f"{point.landmark} at {point.x:g}, {point.y:g}" for point in template)
            return f"the face; landmarks {places}"
        case CentreCrop(left, top, width, height, of_width, of_height):
            return f"{width} x {height} at {left}, {top} of {of_width} x {of_height}"
        case WholeCrop():
            return "the whole picture"


def _distance(card: EmbedderCard) -> str:
    match card.distance:
        case Cosine():
            return "cosine: 1 - cosine of the angle"
        case Euclidean():
            return "Euclidean"
        case WeightedL1(weights):
            return f"weighted L1, {len(weights)} weights"


def _by_kind(card: Card) -> Iterator[Table]:
    match card:
        case EmbedderCard():
            yield _score(card)
            yield operating_points(card.operating_points)
            yield _quality(card)
        case DetectorCard():
            yield _detection(card)
        case LandmarksCard():
            yield _mesh(card)


def _score(card: EmbedderCard) -> Table:
    score = card.score
    rows = [
        ("score", f"1 / (1 + exp({score.slope:.5g} * distance - {score.intercept:.5g}))"),
        ("prior", f"{score.prior:g}"),
        ("fitted on", score.fitted_on),
        ("pairs", f"{score.mated_pairs:,} mated, {score.non_mated_pairs:,} non-mated"),
        ("fewest errors", f"at distance {score.best_distance:.4f}"),
        ("Cllr", _optional(score.cllr, " bits")),
        ("expected calibration error", _optional(score.expected_calibration_error)),
    ]
    return Table("Score calibration", (), rows)


def _quality(card: EmbedderCard) -> Table:
    enrol, probe = card.quality.enrol, card.quality.probe
    rows = [(name.replace("_", " "), _limit(enrol, name), _limit(probe, name)) for name in Limits.__struct_fields__]
    return Table("Quality limits", ("limit", "reference (enrolment)", "probe"), rows)


def _limit(limits: Limits, name: str) -> str:
    return _optional(getattr(limits, name))


def _detection(card: DetectorCard) -> Table:
    windows = ", ".join(f"{share:g}" for share in card.windows)
    rows = [
        ("score of a face", f"at least {card.min_score:g}"),
        ("overlap of two faces", f"at most {card.max_overlap:g}"),
        ("windows of a still photo", f"{windows} of its longer side"),
        ("companions", f"from {card.companion_share:g} of the main face's width"),
    ]
    return Table("Detection", (), rows)


def _mesh(card: LandmarksCard) -> Table:
    named = ", ".join(f"{name.replace('_', ' ')} {index}" for name, index in card.named.items())
    rows = [
        ("points", str(card.points)),
        ("region", f"{card.region:g} times the detector's box"),
        ("presence", f"a face from logit {card.min_presence:g} on, surely one from {card.sure_presence:g} on"),
        ("named points", named),
    ]
    return Table("Landmarks", (), rows)


def _evaluation(card: Card) -> Iterator[Table]:
    rows = [
        (one.dataset, one.measure, percent(one.value), percent_interval(one.interval), f"{one.comparisons:,}")
        for one in card.evaluation
    ]
    if rows:
        yield Table("Evaluation", ("data", "measure", "value", "95 % interval", "comparisons"), rows)


def _runtimes(card: Card) -> Table:
    rows = [
        (f"{proof.runtime} {proof.version}", proof.python, proof.machine, f"{proof.cosine:.5f}")
        for proof in card.runtimes
    ]
    return Table("Runtimes that it was proved on", ("runtime", "Python", "machine", "cosine with golden output"), rows)


def _provenance(card: Card) -> Table:
    origin = card.provenance
    rows = [
        ("origin", origin.origin),
        ("package", f"{origin.package} {origin.version}"),
        ("source", f"sha256 {origin.source_sha256}"),
        ("licence", origin.licence),
        ("trained on", origin.trained_on),
        ("made with", origin.made_with),
        ("calibrated on", origin.calibrated_on or "-"),
    ]
    return Table("Provenance and licence", (), rows)


def _optional(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.4g}{unit}"
