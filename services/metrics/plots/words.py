"""The words and numbers of the pictures in each language."""

import math
from collections.abc import Mapping

NO_BREAK = "\N{NO-BREAK SPACE}"
MISSING = "—"
THIN = "\N{NARROW NO-BREAK SPACE}"
GROUPED_FROM = 5  # digits: 1000 but 10 000

ENGLISH = {
    "confusion-matrix": "Confusion matrix",
    "errors": "Errors of the confusion matrix",
    "roc": "ROC curves",
    "roc-one": "ROC curve of {name}",
    "precision-recall": "Precision and recall",
    "precision-recall-one": "Precision and recall of {name}",
    "calibration": "Calibration of the highest probability",
    "calibration-one": "Calibration of the probability of {name}",
    "per-class": "Precision, recall and F1 of each class",
    "summary": "{samples} samples, {classes} classes, accuracy {accuracy}",
    "summary-weights": "weights, {classes} classes, accuracy {accuracy}",
    "interval": "{value} ({low} to {high})",
    "counts": "numbers are counts",
    "weights": "numbers are weights",
    "share-true": "numbers are % of each true class",
    "share-predicted": "numbers are % of each predicted class",
    "share-all": "numbers are % of all samples",
    "shade-none": "samples",
    "shade-true": "share of the true class",
    "shade-predicted": "share of the predicted class",
    "shade-all": "share of all samples",
    "shade-errors": "fewer, or more, than if errors were spread evenly (standard deviations)",
    "true": "true",
    "predicted": "predicted",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "support": "samples",
    "most-confused": "Most confused",
    "confusion": "{true} read as {predicted}",
    "of": "{count} of {support} ({share})",
    "no-confusion": "No sample was confused.",
    "never-true": "True for no sample: {names}.",
    "never-predicted": "Never predicted: {names}.",
    "no-row": "True for no sample, so that there are no shares of the row: {names}.",
    "no-column": "Never predicted, so that there are no shares of the column: {names}.",
    "others": "and {count} more",
    "false-positive-rate": "false positive rate",
    "true-positive-rate": "true positive rate (recall)",
    "area": "area",
    "average-precision": "average precision",
    "micro": "micro average",
    "macro": "macro average",
    "chance": "chance",
    "between": "{count} others, {low} to {high}",
    "no-positives": "No curve, because no sample is of the class: {names}.",
    "no-negatives": "No curve, because every sample is of the class: {names}.",
    "equal-f1": "Fine lines: equal F1.",
    "mean-probability": "mean probability",
    "share-right": "share that is right",
    "share-true-class": "share that is {name}",
    "expected_calibration_error": "expected calibration error",
    "maximum_calibration_error": "maximum calibration error",
    "adaptive_calibration_error": "adaptive calibration error",
    "brier_score": "Brier score",
    "log_loss": "log loss",
    "in-bin": "{count} samples with {low} to {high}: mean {mean}, right {rate}",
    "bars": "Bars: {level} intervals. Below: samples in each of the {bins} bins.",
    "bars-weighted": "Bars: {level} intervals, approximate because samples are weighted. "
    "Below: their weight in each of the {bins} bins.",
    "level": "Bars: {level} intervals.",
    "no-statistic": "No {statistic}, because {reason}: {names}.",
    "because-never-true": "no sample is of the class",
    "because-never-predicted": "no sample is predicted as it",
    "because-neither": "no sample is of the class or predicted as it",
    "worst": "Lowest {statistic}: {name}, {value}.",
    "code-points": "Characters that no font here has are written as code points.",
}
PORTUGUESE = {
    "confusion-matrix": "Matriz de confusão",
    "errors": "Erros da matriz de confusão",
    "roc": "Curvas ROC",
    "roc-one": "Curva ROC de {name}",
    "precision-recall": "Precisão e revocação",
    "precision-recall-one": "Precisão e revocação de {name}",
    "calibration": "Calibração da maior probabilidade",
    "calibration-one": "Calibração da probabilidade de {name}",
    "per-class": "Precisão, revocação e F1 de cada classe",
    "summary": "{samples} amostras, {classes} classes, acurácia {accuracy}",
    "summary-weights": "pesos, {classes} classes, acurácia {accuracy}",
    "interval": "{value} ({low} a {high})",
    "counts": "os números são contagens",
    "weights": "os números são pesos",
    "share-true": "os números são % de cada classe verdadeira",
    "share-predicted": "os números são % de cada classe prevista",
    "share-all": "os números são % de todas as amostras",
    "shade-none": "amostras",
    "shade-true": "parte da classe verdadeira",
    "shade-predicted": "parte da classe prevista",
    "shade-all": "parte de todas as amostras",
    "shade-errors": "menos, ou mais, do que se os erros se espalhassem por igual (desvios-padrão)",
    "true": "verdadeira",
    "predicted": "prevista",
    "precision": "precisão",
    "recall": "revocação",
    "f1": "F1",
    "support": "amostras",
    "most-confused": "Mais confundidas",
    "confusion": "{true} lido como {predicted}",
    "of": "{count} de {support} ({share})",
    "no-confusion": "Nenhuma amostra foi confundida.",
    "never-true": "Verdadeira para nenhuma amostra: {names}.",
    "never-predicted": "Nunca prevista: {names}.",
    "no-row": "Verdadeira para nenhuma amostra, portanto sem partes da linha: {names}.",
    "no-column": "Nunca prevista, portanto sem partes da coluna: {names}.",
    "others": "e mais {count}",
    "false-positive-rate": "taxa de falsos positivos",
    "true-positive-rate": "taxa de verdadeiros positivos (revocação)",
    "area": "área",
    "average-precision": "precisão média",
    "micro": "média micro",
    "macro": "média macro",
    "chance": "acaso",
    "between": "{count} outras, {low} a {high}",
    "no-positives": "Sem curva, porque nenhuma amostra é da classe: {names}.",
    "no-negatives": "Sem curva, porque todas as amostras são da classe: {names}.",
    "equal-f1": "Linhas finas: F1 igual.",
    "mean-probability": "probabilidade média",
    "share-right": "parte que está certa",
    "share-true-class": "parte que é {name}",
    "expected_calibration_error": "erro de calibração esperado",
    "maximum_calibration_error": "erro de calibração máximo",
    "adaptive_calibration_error": "erro de calibração adaptativo",
    "brier_score": "escore de Brier",
    "log_loss": "perda logarítmica",
    "in-bin": "{count} amostras com {low} a {high}: média {mean}, certas {rate}",
    "bars": "Barras: intervalos de {level}. Abaixo: amostras em cada uma das {bins} faixas.",
    "bars-weighted": "Barras: intervalos de {level}, aproximados porque as amostras têm pesos. "
    "Abaixo: o peso em cada uma das {bins} faixas.",
    "level": "Barras: intervalos de {level}.",
    "no-statistic": "Sem {statistic}, porque {reason}: {names}.",
    "because-never-true": "nenhuma amostra é da classe",
    "because-never-predicted": "nenhuma amostra é prevista como ela",
    "because-neither": "nenhuma amostra é da classe nem prevista como ela",
    "worst": "Menor {statistic}: {name}, {value}.",
    "code-points": "Caracteres que nenhuma fonte daqui tem são escritos como códigos.",
}
SPANISH = {
    "confusion-matrix": "Matriz de confusión",
    "errors": "Errores de la matriz de confusión",
    "roc": "Curvas ROC",
    "roc-one": "Curva ROC de {name}",
    "precision-recall": "Precisión y exhaustividad",
    "precision-recall-one": "Precisión y exhaustividad de {name}",
    "calibration": "Calibración de la probabilidad más alta",
    "calibration-one": "Calibración de la probabilidad de {name}",
    "per-class": "Precisión, exhaustividad y F1 de cada clase",
    "summary": "{samples} muestras, {classes} clases, exactitud {accuracy}",
    "summary-weights": "pesos, {classes} clases, exactitud {accuracy}",
    "interval": "{value} ({low} a {high})",
    "counts": "los números son recuentos",
    "weights": "los números son pesos",
    "share-true": "los números son % de cada clase verdadera",
    "share-predicted": "los números son % de cada clase predicha",
    "share-all": "los números son % de todas las muestras",
    "shade-none": "muestras",
    "shade-true": "parte de la clase verdadera",
    "shade-predicted": "parte de la clase predicha",
    "shade-all": "parte de todas las muestras",
    "shade-errors": "menos, o más, que si los errores se repartieran por igual "
    "(desviaciones típicas)",
    "true": "verdadera",
    "predicted": "predicha",
    "precision": "precisión",
    "recall": "exhaustividad",
    "f1": "F1",
    "support": "muestras",
    "most-confused": "Más confundidas",
    "confusion": "{true} leído como {predicted}",
    "of": "{count} de {support} ({share})",
    "no-confusion": "Ninguna muestra se confundió.",
    "never-true": "Verdadera para ninguna muestra: {names}.",
    "never-predicted": "Nunca predicha: {names}.",
    "no-row": "Verdadera para ninguna muestra, así que no hay partes de la fila: {names}.",
    "no-column": "Nunca predicha, así que no hay partes de la columna: {names}.",
    "others": "y {count} más",
    "false-positive-rate": "tasa de falsos positivos",
    "true-positive-rate": "tasa de verdaderos positivos (exhaustividad)",
    "area": "área",
    "average-precision": "precisión media",
    "micro": "media micro",
    "macro": "media macro",
    "chance": "azar",
    "between": "{count} otras, {low} a {high}",
    "no-positives": "Sin curva, porque ninguna muestra es de la clase: {names}.",
    "no-negatives": "Sin curva, porque todas las muestras son de la clase: {names}.",
    "equal-f1": "Líneas finas: F1 igual.",
    "mean-probability": "probabilidad media",
    "share-right": "parte que es correcta",
    "share-true-class": "parte que es {name}",
    "expected_calibration_error": "error de calibración esperado",
    "maximum_calibration_error": "error de calibración máximo",
    "adaptive_calibration_error": "error de calibración adaptativo",
    "brier_score": "puntuación de Brier",
    "log_loss": "pérdida logarítmica",
    "in-bin": "{count} muestras con {low} a {high}: media {mean}, correctas {rate}",
    "bars": "Barras: intervalos del {level}. Abajo: muestras en cada uno de los {bins} tramos.",
    "bars-weighted": "Barras: intervalos del {level}, aproximados porque las muestras tienen "
    "pesos. Abajo: el peso en cada uno de los {bins} tramos.",
    "level": "Barras: intervalos del {level}.",
    "no-statistic": "Sin {statistic}, porque {reason}: {names}.",
    "because-never-true": "ninguna muestra es de la clase",
    "because-never-predicted": "ninguna muestra se predice como ella",
    "because-neither": "ninguna muestra es de la clase ni se predice como ella",
    "worst": "Menor {statistic}: {name}, {value}.",
    "code-points": "Los caracteres que ninguna fuente de aquí tiene se escriben como códigos.",
}
TEXTS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "pt": PORTUGUESE, "es": SPANISH}


class Words:
    """The words of one language, and how it writes numbers.

    Args:
        language: `en`, `pt` or `es`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = TEXTS[language]

    def __call__(self, key: str, **parts: object) -> str:
        """The text of a key, with its parts filled in."""
        return self._texts[key].format(**parts)

    def number(self, value: float | None, digits: int = 3) -> str:
        """With so many digits after the decimal mark; a dash if there is no value."""
        if value is None or not math.isfinite(value):
            return MISSING
        return self._marked(f"{value:.{digits}f}")

    def area(self, value: float | None, digits: int) -> str:
        """The same, never as 1 if it is less."""
        if value is not None and value < 1 <= round(value, digits):
            return f">{NO_BREAK}{self.number(1 - 10.0**-digits, digits)}"
        return self.number(value, digits)

    def count(self, value: float) -> str:
        """A count as it is, a weight with as many digits as it needs, six at the most."""
        if float(value).is_integer():
            digits = f"{value:.0f}"
            return f"{value:,.0f}".replace(",", THIN) if len(digits) >= GROUPED_FROM else digits
        return self._marked(f"{value:.6g}")

    def share(self, value: float | None, digits: int = 1) -> str:
        """A share as a percentage; never as 0 or 100 % if it is more or less."""
        if value is None or not math.isfinite(value):
            return MISSING
        least = 10.0**-digits
        if 0 < 100 * value < least / 2:
            return f"<{NO_BREAK}{self._marked(f'{least:g}')}{NO_BREAK}%"
        if 100 - least / 2 <= 100 * value < 100:  # noqa: PLR2004  per cent
            return f">{NO_BREAK}{self._marked(f'{100 - least:.{digits}f}')}{NO_BREAK}%"
        return f"{self._marked(f'{100 * value:.{digits}f}')}{NO_BREAK}%"

    def percents(self, value: float) -> str:
        """The same without its sign, for many in a table."""
        return self._marked(f"{100 * value:.1f}")

    def level(self, value: float) -> str:
        """The coverage of an interval."""
        return f"{self._marked(f'{100 * value:g}')}{NO_BREAK}%"

    def some(self, names: list[str], most: int = 8) -> str:
        """Names, the first few of many."""
        shown = ", ".join(names[:most])
        left = len(names) - most
        return f"{shown} {self('others', count=left)}" if left > 0 else shown

    def _marked(self, text: str) -> str:
        return text if self.language == "en" else text.replace(".", ",")
