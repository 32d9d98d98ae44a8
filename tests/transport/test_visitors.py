import struct

import zmq

from stream_ocr.transport.visitors import Visitors

ACCEPTED, CONNECTED = zmq.EVENT_ACCEPTED, zmq.EVENT_CONNECTED
MADE, OVER = zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_DISCONNECTED
FAILED, DENIED = zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL, zmq.EVENT_HANDSHAKE_FAILED_AUTH
HUNG = zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL


def _refused(*events: tuple[int, int]) -> int:
    visitors = Visitors()
    for event, value in events:
        assert visitors.note([struct.pack("=Hi", event, value), b"tcp://127.0.0.1:5557"])
    return visitors.refused


def test_who_comes_and_goes_is_not_counted() -> None:
    assert _refused((ACCEPTED, 20), (MADE, 0), (OVER, 20)) == 0
    assert _refused((CONNECTED, 20), (MADE, 0), (OVER, 20)) == 0


def test_each_kind_of_failure_is_counted() -> None:
    for failure in (FAILED, DENIED, HUNG):
        assert _refused((ACCEPTED, 20), (failure, 5), (OVER, 20)) == 1


def test_who_is_sent_away_without_a_word_is_counted() -> None:
    assert _refused((ACCEPTED, 20), (OVER, 20)) == 1


def test_a_descriptor_is_used_again() -> None:
    assert _refused((ACCEPTED, 20), (OVER, 20), (ACCEPTED, 20), (MADE, 0), (OVER, 20), (ACCEPTED, 20), (OVER, 20)) == 2


def test_somebody_who_says_nothing_does_not_hide_the_others() -> None:
    silent = (ACCEPTED, 20)
    assert _refused(silent, (ACCEPTED, 21), (MADE, 0), (OVER, 21)) == 0
    assert _refused(silent, (ACCEPTED, 21), (MADE, 0), (HUNG, 11), (OVER, 20)) == 1
    assert _refused(silent, (ACCEPTED, 21), (OVER, 21), (ACCEPTED, 22), (MADE, 0), (OVER, 20), (OVER, 22)) == 2


def test_in_the_end_each_is_counted_once_whoever_was_first() -> None:
    # 20 is let in, although 21 came after it and before that was said.
    both = ((ACCEPTED, 20), (ACCEPTED, 21), (MADE, 0))
    assert _refused(*both, (FAILED, 5), (OVER, 21), (OVER, 20)) == 1
    assert _refused(*both, (OVER, 21), (OVER, 20)) == 1
    assert _refused(*both, (OVER, 20), (OVER, 21)) == 1
    # 21 is let in, and leaves between the refusal of 20 and its end.
    assert _refused(*both, (DENIED, 400), (OVER, 21), (OVER, 20)) == 1


def test_the_last_message_says_so() -> None:
    assert not Visitors().note([struct.pack("=Hi", zmq.EVENT_MONITOR_STOPPED, 0), b""])
