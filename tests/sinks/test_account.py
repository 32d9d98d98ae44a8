"""What is said of a sink, and how often. Times are literal."""

from stream_ocr.messages import SinkStatus, StageStats
from stream_ocr.sinks.account import Account
from stream_ocr.transport import Audience


def _account(**period: float) -> Account:
    return Account("jsonl a.jsonl", "events", now=0.0, **{"period": 1e9, **period})


def _said(account: Account, now: float, waiting: int = 0) -> list[tuple[str, int, str | None]]:
    """State, losses and cause of what is said."""
    news = account.news(now, wall=now, waiting=waiting)
    return [(said.state, said.lost, said.cause) for said in news if isinstance(said, SinkStatus)]


def test_a_sink_that_is_well_is_no_news() -> None:
    account = _account()
    account.wrote(0.1, 1)
    account.catch_up(0.1)
    assert _said(account, 100.0) == []


def test_a_loss_is_said_once_when_it_begins_and_once_when_it_is_over() -> None:
    account = _account()
    said = []
    for number in range(1000):
        account.lose(1, "is slow", 10.0 + number / 100)
        said += _said(account, 10.0 + number / 100)
    account.catch_up(20.1)
    said += _said(account, 20.2) + _said(account, 24.9) + _said(account, 25.0) + _said(account, 99.0)
    assert said == [("behind", 1, "is slow"), ("ok", 1000, None)]


def test_it_is_not_over_before_everything_is_written() -> None:
    account = _account()
    account.catch_up(9.0)
    account.lose(1, "is slow", 10.0)
    assert _said(account, 10.0) == [("behind", 1, "is slow")]
    assert _said(account, 1000.0) == []
    account.catch_up(1000.5)
    assert _said(account, 1001.0) == [("ok", 1, None)]


def test_what_gets_worse_is_said_and_what_gets_better_is_not() -> None:
    account = _account()
    account.trouble("failing", "no space", 1.0)
    account.trouble("behind", "is slow", 1.1)
    assert _said(account, 1.2) == [("failing", 0, "no space")]
    account.lose(3, "is slow", 2.0)
    assert _said(account, 2.0) == [("failing", 3, "no space")]
    account.trouble("failed", "gone", 3.0)
    account.lose(1, "gone", 3.0)
    account.catch_up(3.1)
    assert _said(account, 3.2) == [("failed", 4, "gone")]
    assert _said(account, 1e6) == []
    assert account.report().failed == "gone"


def test_trouble_that_comes_again_and_again_is_said_less_and_less() -> None:
    account = _account()
    said = 0
    for minute in range(7 * 24 * 60):
        account.lose(1, "is slow", 60.0 * minute)
        said += len(_said(account, 60.0 * minute))
        account.catch_up(60.0 * minute + 1)
        said += len(_said(account, 60.0 * minute + 59))
    # A week with a loss every minute.
    assert 3 <= said <= 20


def test_trouble_long_ago_is_forgotten() -> None:
    account = _account()
    for began in (0.0, 10_000.0, 20_000.0):
        account.lose(1, "is slow", began)
        assert len(_said(account, began)) == 1
        account.catch_up(began + 1)
        assert [state for state, *_ in _said(account, began + 5)] == ["ok"]


def test_a_subscriber_that_misses_something_is_no_loss_of_the_sink() -> None:
    account = _account()
    account.look_at(Audience(overruns=1), 1.0)
    assert _said(account, 1.0) == [("behind", 0, "a subscriber reads too slowly and misses some")]
    report = account.report()
    assert (report.lost, report.overruns, report.failed) == (0, 1, None)


def test_the_stats_are_those_of_a_stage() -> None:
    account = _account(period=1.0)
    account.wrote(0.25, 1)
    account.wrote(0.25, 0)
    account.lose(2, "is slow", 0.5)
    account.look_at(Audience(rejected=3, refused=4), 0.5)
    stats = [said for said in account.news(1.0, wall=7.0, waiting=3) if isinstance(said, StageStats)]
    assert [(each.stage, each.source, each.busy, each.queue) for each in stats] == [
        ("sink:jsonl a.jsonl", None, 0.5, 3)
    ]
    assert stats[0].counts == {"written": 1, "lost": 2, "overruns": 0, "rejected": 3, "refused": 4}
    assert account.news(1.5, wall=7.5, waiting=3) == []
