from judged import found, line

from stream_ocr.evaluation.results import ClipResult, Effort, Side, figures, group, grouped
from stream_ocr.evaluation.scoring import score

GOOD = Side(
    score=score([found("EXIT 25")], [line("EXIT 25")]),
    effort=Effort(frames=50, media_s=2.0, wall_s=0.5, updates=1, readings=2),
)
BAD = Side(
    score=score([found("WARP"), found("WRAP")], [line("Platform")]),
    effort=Effort(frames=25, media_s=1.0, wall_s=1.0, updates=0, readings=4),
)


def _result(name: str, ours: Side = GOOD, baseline: Side | None = None) -> ClipResult:
    return ClipResult(
        clip=name,
        path=f"clips/{name}",
        complete=False,
        problem=None,
        figures=figures([ours]),
        ours=ours,
        baseline=baseline,
        baseline_figures=None if baseline is None else figures([baseline]),
    )


def test_figures_are_pooled_from_counts() -> None:
    both = figures([GOOD, BAD])
    assert (both.lines, both.hit, both.events, both.matched) == (2, 1, 3, 1)
    assert (both.recall, both.precision) == (0.5, 1 / 3)
    assert (both.updates, both.updates_per_track, both.readings_per_track) == (1, 1 / 3, 2.0)
    assert (both.frames, both.media_s, both.wall_s, both.speed) == (75, 3.0, 1.5, 2.0)


def test_of_nothing_nothing_is_defined() -> None:
    none = figures([])
    assert (none.recall, none.updates_per_track, none.readings_per_track, none.speed) == (None, None, None, None)


def test_clips_that_share_what_stands_before_a_dash_are_a_group() -> None:
    names = ["plate-1.avi", "street.mp4", "plate-2.avi", "plates-x.avi", "street-signs.mp4"]
    groups = grouped([_result(name, BAD if name == "plate-2.avi" else GOOD) for name in names])
    assert [(each.name, each.clips) for each in groups] == [
        ("plate", ("plate-1.avi", "plate-2.avi")),
        ("street.mp4", ("street.mp4",)),
        ("plates-x.avi", ("plates-x.avi",)),
        ("street-signs.mp4", ("street-signs.mp4",)),
    ]
    assert groups[0].figures.recall == 0.5


def test_a_group_has_a_baseline_where_all_its_clips_have_one() -> None:
    assert group("all", [_result("a", baseline=BAD), _result("b")]).baseline_figures is None
    both = group("all", [_result("a", baseline=BAD), _result("b", baseline=GOOD)]).baseline_figures
    assert both is not None
    assert both.recall == 0.5
    assert group("all", []).baseline_figures is None
