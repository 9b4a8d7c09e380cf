"""The public data sets that come as four IDX files: their names, mirrors and digests."""

from dataclasses import dataclass

from shared.manifest import Preprocessing

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"


@dataclass(frozen=True, slots=True)
class IdxSource:
    """Four IDX files under their public names.

    Attributes:
        mirrors: Base addresses; a file is at `<mirror>/<file>.gz`.
        sha256: The digest of each file uncompressed: mirrors compress differently.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    preprocessing: Preprocessing
    mirrors: tuple[str, ...]
    sha256: dict[str, str]


MNIST = IdxSource(
    name="mnist",
    title="MNIST handwritten digits",
    class_names=tuple("0123456789"),
    preprocessing="mnist-digit",
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        "https://ossci-datasets.s3.amazonaws.com/mnist",
    ),
    sha256={
        TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
)

FASHION_MNIST = IdxSource(
    name="fashion-mnist",
    title="Fashion-MNIST articles of clothing",
    class_names=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
    preprocessing="fashion",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
    ),
    sha256={
        TRAIN_IMAGES: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        TRAIN_LABELS: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        TEST_IMAGES: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        TEST_LABELS: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
)

IDX_SOURCES = {source.name: source for source in (MNIST, FASHION_MNIST)}
