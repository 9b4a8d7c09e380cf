"""Names for versions, and the memory of what each name stood for; pure.

The file `labels.json` beside the versions of a model holds one `LabelBook`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.errors import Conflict, InvalidInput, LabelNotFound

MAX_HISTORY = 1000
MAX_REASON_CHARACTERS = 500

Label = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9._-]{0,63}$")]
Version = Annotated[int, Field(ge=1, lt=10**18)]
Reason = Annotated[str, Field(max_length=MAX_REASON_CHARACTERS)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LabelChange(_Entry):
    """One move of a label; a `None` version means that it stood, or stands, for nothing."""

    at: datetime
    label: Label
    from_version: Version | None
    to_version: Version | None
    reason: Reason = ""


class LabelBook(_Entry):
    """The labels of a model now, and every move of them, oldest first."""

    labels: dict[Label, Version] = {}
    history: list[LabelChange] = []

    def moved(
        self, label: str, version: int | None, *, at: datetime, reason: str = ""
    ) -> "LabelBook":
        """The book after a label was moved; to `None` removes it.

        Raises:
            LabelNotFound: There is no such label to remove.
            InvalidInput: It cannot be the name of a label, or the reason is too long.
        """
        before = self.labels.get(label)
        if before is None and version is None:
            listed = ", ".join(self.labels) or "none"
            raise LabelNotFound(f"There is no such label. Received: {label!r}; there are: {listed}")
        try:
            change = LabelChange(
                at=at, label=label, from_version=before, to_version=version, reason=reason
            )
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidInput(
                f"The label cannot be moved: {first['loc'][0]}: {first['msg']}. "
                f"Received: {str(first['input'])[:MAX_REASON_CHARACTERS]!r}"
            ) from error
        labels = {name: v for name, v in self.labels.items() if name != label}
        if version is not None:
            labels[label] = version
        return LabelBook(labels=labels, history=[*self.history, change][-MAX_HISTORY:])

    def rolled_back(self, label: str, *, at: datetime, reason: str = "") -> "LabelBook":
        """The book after a label went back to what it stood for before its last move.

        Raises:
            LabelNotFound: It was never moved.
            Conflict: It stood for the same before.
        """
        moves = [change for change in self.history if change.label == label]
        if not moves:
            raise LabelNotFound(f"The label was never moved here. Received: {label!r}")
        before = moves[-1].from_version
        if before == self.labels.get(label):
            raise Conflict(f"The label {label!r} was changed by hand; there is nothing to undo.")
        return self.moved(label, before, at=at, reason=reason or "rolled back")


Change = Callable[[LabelBook], LabelBook]
