"""What is loaded, retired, refused and tried again."""

from services.inference.live_models import LiveModels, VersionState
from services.inference.servables import Servable
from services.inference.version_policy import Every, Latest, Specific, VersionPolicy
from services.inference.watcher import Intervals, Watcher
from tests.unit.inference.fakes import FakeVolume


class Scene:
    """A watcher over a fake volume, polled by hand."""

    def __init__(self, published: dict[str, list[int]], retry_interval_seconds: float = 60) -> None:
        self.volume = FakeVolume(published)
        self.live = LiveModels()
        self.policy: VersionPolicy = Latest()
        self.announced: list[Servable] = []
        self.watcher = Watcher(
            self.volume,
            self.volume.load,
            self.live,
            policy_of=lambda _: self.policy,
            on_publish=self.announced.append,
            intervals=Intervals(poll_seconds=0.01, retry_seconds=retry_interval_seconds),
        )

    def states(self, model: str = "mnist-cnn") -> dict[int, VersionState]:
        return {s.version: s.state for s in self.live.statuses(model)}

    def serving(self, model: str = "mnist-cnn") -> list[int]:
        return self.live.serving_versions(model)


def test_only_the_newest_version_is_loaded_and_announced() -> None:
    scene = Scene({"mnist-cnn": [1, 2, 3]})
    scene.watcher.poll()
    assert scene.volume.loads == [("mnist-cnn", 3)]
    assert scene.serving() == [3]
    assert [s.version for s in scene.announced] == [3]
    assert scene.watcher.problem == ""


def test_a_new_version_takes_over_and_the_old_one_retires() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.watcher.poll()
    scene.volume.published["mnist-cnn"] = [1, 2]
    scene.watcher.poll()
    assert scene.states() == {1: VersionState.RETIRED, 2: VersionState.SERVING}


def test_a_bad_newest_version_is_shown_as_failed_and_the_previous_keeps_serving() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.watcher.poll()
    scene.volume.published["mnist-cnn"] = [1, 2]
    scene.volume.broken["mnist-cnn", 2] = "one byte changed"
    scene.watcher.poll()
    assert scene.states() == {1: VersionState.SERVING, 2: VersionState.FAILED}
    assert scene.live.statuses("mnist-cnn")[1].reason == "one byte changed"


def test_at_the_start_the_newest_good_version_begins_to_serve() -> None:
    scene = Scene({"mnist-cnn": [1, 2, 3]})
    scene.volume.broken = {("mnist-cnn", 3): "cut off", ("mnist-cnn", 2): "no manifest"}
    scene.watcher.poll()
    assert scene.serving() == [1]


def test_a_failed_version_is_not_tried_again_at_once() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.volume.broken["mnist-cnn", 1] = "cut off"
    for _ in range(3):
        scene.watcher.poll()
    assert scene.volume.loads == [("mnist-cnn", 1)]


def test_a_failed_version_is_tried_again_when_its_time_has_come() -> None:
    scene = Scene({"mnist-cnn": [1]}, retry_interval_seconds=0)
    scene.volume.broken["mnist-cnn", 1] = "cut off"
    scene.watcher.poll()
    scene.volume.broken.clear()
    scene.watcher.poll()
    assert scene.serving() == [1]


def test_a_failed_version_that_was_exchanged_is_tried_again_at_once() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.volume.broken["mnist-cnn", 1] = "cut off"
    scene.watcher.poll()
    scene.volume.broken.clear()
    scene.volume.stamps["mnist-cnn", 1] = 1
    scene.watcher.poll()
    assert scene.serving() == [1]


def test_a_version_that_is_exchanged_while_it_is_loaded_is_refused() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.volume.during_load = lambda: scene.volume.stamps.update({("mnist-cnn", 1): 1})
    scene.watcher.poll()
    assert scene.states() == {1: VersionState.FAILED}


def test_a_link_in_place_of_a_version_is_shown_with_the_reason() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.volume.links["mnist-cnn"] = {2: "It is a link."}
    scene.watcher.poll()
    assert scene.states() == {1: VersionState.SERVING, 2: VersionState.FAILED}
    scene.volume.links.clear()
    scene.watcher.poll()
    assert scene.states() == {1: VersionState.SERVING}


def test_a_broken_model_does_not_stop_the_others() -> None:
    scene = Scene({"a-cnn": [1], "mnist-cnn": [1]})
    scene.volume.broken["a-cnn", 1] = "cut off"
    scene.watcher.poll()
    assert scene.serving("mnist-cnn") == [1]


def test_an_unforeseen_exception_fails_the_version_alone() -> None:
    scene = Scene({"a-cnn": [1], "mnist-cnn": [1]})

    def explode() -> None:
        if scene.volume.loads[-1][0] == "a-cnn":
            raise MemoryError

    scene.volume.during_load = explode
    scene.watcher.poll()
    assert scene.states("a-cnn") == {1: VersionState.FAILED}
    assert scene.serving("mnist-cnn") == [1]


def test_what_serves_keeps_serving_while_the_volume_is_gone() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.watcher.poll()
    scene.volume.unusable = "the volume is gone"
    scene.watcher.poll()
    assert scene.serving() == [1]
    assert scene.watcher.problem == "the volume is gone"


def test_what_serves_keeps_serving_when_all_its_versions_are_deleted() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.watcher.poll()
    scene.volume.published.clear()
    scene.watcher.poll()
    assert scene.serving() == [1]


def test_deleting_the_newest_version_rolls_back_to_the_one_before() -> None:
    scene = Scene({"mnist-cnn": [1, 2]})
    scene.watcher.poll()
    scene.volume.published["mnist-cnn"] = [1]
    scene.watcher.poll()
    assert scene.serving() == [1]


def test_the_watch_ends_when_it_is_told_to() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.watcher.start()
    scene.watcher.stop()
    assert scene.watcher._thread is not None
    assert not scene.watcher._thread.is_alive()


def test_policies_keep_several_versions_answering() -> None:
    scene = Scene({"mnist-cnn": [1, 2, 3]})
    for policy, expected in (
        (Every(), [1, 2, 3]),
        (Latest(2), [2, 3]),
        (Specific(frozenset({1})), [1]),
    ):
        scene.policy = policy
        scene.watcher.poll()
        assert scene.serving() == expected


def test_a_labelled_version_serves_beside_the_newest() -> None:
    scene = Scene({"mnist-cnn": [1, 2, 3]})
    scene.volume.labelled["mnist-cnn"] = {"champion": 1}
    scene.watcher.poll()
    assert scene.serving() == [1, 3]
    with scene.live.lease("mnist-cnn", "champion") as servable:
        assert servable.version == 1
    with scene.live.lease("mnist-cnn") as servable:
        assert servable.version == 3


def test_the_label_default_decides_what_answers_a_request_that_names_no_version() -> None:
    scene = Scene({"mnist-cnn": [1, 2]})
    scene.volume.labelled["mnist-cnn"] = {"default": 1}
    scene.watcher.poll()
    with scene.live.lease("mnist-cnn") as servable:
        assert servable.version == 1
    scene.volume.labelled.clear()
    scene.watcher.poll()
    with scene.live.lease("mnist-cnn") as servable:
        assert servable.version == 2
    assert scene.serving() == [2]


def test_a_label_stays_where_it_was_until_its_new_version_can_answer() -> None:
    scene = Scene({"mnist-cnn": [1, 2, 3]})
    scene.volume.labelled["mnist-cnn"] = {"champion": 1}
    scene.watcher.poll()
    scene.volume.broken["mnist-cnn", 2] = "cut off"
    scene.volume.labelled["mnist-cnn"] = {"champion": 2}
    scene.watcher.poll()
    with scene.live.lease("mnist-cnn", "champion") as servable:
        assert servable.version == 1


def test_a_broken_file_of_labels_changes_nothing_and_new_versions_still_come() -> None:
    scene = Scene({"mnist-cnn": [1, 2]})
    scene.volume.labelled["mnist-cnn"] = {"champion": 1}
    scene.watcher.poll()
    scene.volume.label_problem = "no JSON"
    scene.volume.published["mnist-cnn"] = [1, 2, 3]
    scene.watcher.poll()
    assert scene.serving() == [1, 3]
    assert scene.live.labels("mnist-cnn") == {"champion": 1}


def test_a_suspended_model_answers_nothing_until_it_is_resumed() -> None:
    scene = Scene({"mnist-cnn": [1]})
    scene.watcher.poll()
    scene.watcher.suspend("mnist-cnn")
    scene.watcher.poll()
    assert scene.serving() == []
    scene.watcher.resume("mnist-cnn")
    assert scene.serving() == [1]
