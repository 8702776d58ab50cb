import numpy as np
import pytest

from keras_facegan.attributes import CELEBA_ATTRIBUTES
from keras_facegan.data import open_dataset
from keras_facegan.errors import DataError, UserError
from keras_facegan.registry import DATASETS

FILES = [f"{number:06}.jpg" for number in range(1, 41)]
# The picture of place i has attribute i only.
VALUES = np.where(np.eye(40, dtype=int), 1, -1)
PEOPLE = [100 + number // 4 for number in range(40)]


def celeba(root, split="all", **options):
    return DATASETS.create("celeba", data_dir=root, split=split, **options)


def write_lists(root, kaggle=False, attributes=CELEBA_ATTRIBUTES):
    separator = "," if kaggle else " "
    rows = [separator.join([file, *map(str, row)]) for file, row in zip(FILES, VALUES, strict=True)]
    head = ["image_id," + ",".join(attributes)] if kaggle else [str(len(FILES)), " ".join(attributes)]
    (root / f"list_attr_celeba.{'csv' if kaggle else 'txt'}").write_text("\n".join(head + rows) + "\n")


@pytest.fixture
def root(tmp_path, save_picture):
    for file in FILES:
        save_picture(tmp_path / "celeba" / "img_align_celeba" / file, size=(4, 5))
    write_lists(tmp_path / "celeba")
    return tmp_path / "celeba"


def test_attributes_are_read_from_the_official_list(root):
    for data_dir in (root, root.parent):
        source = celeba(data_dir)
        assert source.keys == tuple(FILES)
        assert source.columns["attributes"].dtype == np.float32
        assert np.array_equal(source.columns["attributes"], np.eye(40))
        assert set(source.columns) == {"attributes"}
    assert source.read(0, 4).shape == (5, 4, 3)


def test_the_layout_of_kaggle_is_read_too(root):
    official = celeba(root)
    (root / "list_attr_celeba.txt").unlink()
    write_lists(root, kaggle=True)
    (root / "img_align_celeba").rename(root / "inner")
    (root / "img_align_celeba").mkdir()
    (root / "inner").rename(root / "img_align_celeba" / "img_align_celeba")
    kaggle = celeba(root)
    assert kaggle.keys == official.keys
    assert np.array_equal(kaggle.columns["attributes"], official.columns["attributes"])


def test_attributes_go_by_their_names_not_their_places(root):
    write_lists(root, attributes=CELEBA_ATTRIBUTES[::-1])
    assert np.array_equal(celeba(root).columns["attributes"], np.eye(40)[:, ::-1])
    write_lists(root, attributes=("Bold", *CELEBA_ATTRIBUTES[1:]))
    with pytest.raises(DataError, match="list_attr_celeba.txt has no column `5_o_Clock_Shadow`"):
        celeba(root)


def test_no_person_is_in_two_splits(root):
    lines = [f"{file} {person}" for file, person in zip(FILES, PEOPLE, strict=True)]
    (root / "identity_CelebA.txt").write_text("\n".join(lines))
    people = [set(celeba(root, split).columns["identity"].tolist()) for split in ("train", "validation", "test")]
    assert sum(map(len, people)) == len(set.union(*people)) == 10
    assert celeba(root).columns["identity"].tolist() == PEOPLE


@pytest.mark.parametrize(("name", "head"), [("txt", ""), ("csv", "image_id,partition\n")])
def test_the_official_partition_goes_first(root, name, head):
    rows = [f"{file}{',' if head else ' '}{number % 3}" for number, file in enumerate(FILES)]
    (root / f"list_eval_partition.{name}").write_text(head + "\n".join(rows))
    for number, split in enumerate(("train", "validation", "test")):
        assert celeba(root, split).keys == tuple(FILES[number::3])
    assert len(celeba(root, "train+test")) == 27


def test_rows_without_pictures_are_passed_over_but_not_pictures_without_rows(root, save_picture):
    (root / "img_align_celeba" / FILES[7]).unlink()
    source = celeba(root)
    assert len(source) == 39 and FILES[7] not in source.keys
    assert source.columns["attributes"][7].argmax() == 8
    save_picture(root / "img_align_celeba" / "extra.jpg")
    with pytest.raises(DataError, match="no row for 1 of 40 pictures, such as extra.jpg"):
        celeba(root)


@pytest.mark.parametrize("content", ["", "40\nnames\n", "000001.jpg -1 1\n000002.jpg -1\n", "000001.jpg a b\n"])
def test_a_broken_list_is_named(root, content):
    (root / "list_attr_celeba.txt").write_text(content)
    with pytest.raises(DataError, match=f"{root}/list_attr_celeba.txt"):
        celeba(root)


def test_pictures_alone_have_no_attributes_and_say_so(root, capsys):
    (root / "list_attr_celeba.txt").unlink()
    source = celeba(root)
    assert source.keys == tuple(FILES) and source.columns == {}
    assert f"no list_attr_celeba.txt or .csv in {root}: the pictures have no attributes" in capsys.readouterr().err
    with pytest.raises(UserError, match="reads `attributes`, .* It has `attributes` where the list or the folders are"):
        open_dataset("celeba", "all", image_shape=(8, 8, 3), data_dir=root, reads=("image", "attributes"))
    assert len(open_dataset("celeba", "all", image_shape=(8, 8, 3), data_dir=root, reads=("image",))) == 40


def test_faces_with_an_attribute_alone(root):
    place = CELEBA_ATTRIBUTES.index("Male")
    assert celeba(root, only="Male").keys == (FILES[place],)
    with pytest.raises(UserError, match="`Mael` is not an attribute. Did you mean `Male`?"):
        celeba(root, only="Mael")
    other = "validation" if FILES[place] in celeba(root, "train").keys else "train"
    with pytest.raises(DataError, match=f"no face of the split `{other}` has Male"):
        celeba(root, other, only="Male")
    (root / "list_attr_celeba.txt").unlink()
    with pytest.raises(DataError, match="data.only `Male` needs list_attr_celeba.txt or .csv"):
        celeba(root, only="Male")


@pytest.mark.parametrize("place", ["celebA", "celeba", "."])
def test_the_folder_of_the_pictures_may_be_named_or_hold_them_itself(root, place):
    pictures = root / "img_align_celeba"
    (root / "list_attr_celeba.txt").rename(root.parent / "list_attr_celeba.txt")
    pictures.rename(root.parent / "moved")
    root.rmdir()
    (root.parent / "moved").rename(root.parent / ("alone" if place == "." else place))
    source = celeba(root.parent / "alone" if place == "." else root.parent)
    assert source.keys == tuple(FILES) and np.array_equal(source.columns["attributes"], np.eye(40))


def test_the_folder_of_the_pictures_finds_the_lists_beside_it(root):
    assert np.array_equal(celeba(root / "img_align_celeba").columns["attributes"], np.eye(40))
    assert celeba(root / "img_align_celeba").keys == tuple(FILES)


def test_a_folder_of_other_pictures_is_not_taken_for_celeba(tmp_path, save_picture):
    save_picture(tmp_path / "me.jpg")
    with pytest.raises(DataError, match="`celeba` expects img_align_celeba"):
        celeba(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(("separator", "quote"), [(",", '"'), (";", ""), (";", "'"), ("\t", "")])
def test_lists_that_a_spreadsheet_saved_are_read(root, encoding, separator, quote):
    def line(cells):
        return separator.join(f"{quote}{cell}{quote}" for cell in cells)

    (root / "list_attr_celeba.txt").unlink()
    rows = [line(["image_id", *CELEBA_ATTRIBUTES])]
    rows += [line([file, *row]) for file, row in zip(FILES, VALUES, strict=True)]
    (root / "list_attr_celeba.csv").write_text("\r\n".join(rows), encoding=encoding)
    people = "\n".join(line([file, person]) for file, person in zip(FILES, PEOPLE, strict=True))
    (root / "identity_CelebA.txt").write_text(people, encoding=encoding)
    source = celeba(root)
    assert np.array_equal(source.columns["attributes"], np.eye(40)) and source.columns["identity"].tolist() == PEOPLE


def rewrite(root, row=lambda file, values: [file, *values], names=("image_id", *CELEBA_ATTRIBUTES), files=FILES):
    """Write the attribute list as a table of one's own; its values by `row`."""
    (root / "list_attr_celeba.txt").unlink()
    rows = [row(file, VALUES[FILES.index(file)]) for file in files]
    lines = [",".join(map(str, each)) for each in (names, *rows)]
    (root / "list_attr_celeba.csv").write_text("\n".join(lines))


@pytest.mark.parametrize(
    "said",
    [
        lambda values: values,
        lambda values: np.maximum(values, 0),
        lambda values: [f"{value}.0" for value in values],
        lambda values: values > 0,
        lambda values: ["TRUE" if value > 0 else "FALSE" for value in values],
        lambda values: ["true" if value > 0 else "false" for value in values],
    ],
    ids=["-1/1", "0/1", "1.0/-1.0", "True/False", "TRUE/FALSE", "true/false"],
)
def test_yes_and_no_are_read_alike_in_all_spellings(root, said):
    rewrite(root, lambda file, values: [file, *said(values)])
    assert np.array_equal(celeba(root).columns["attributes"], np.eye(40))


def test_rows_and_columns_may_come_in_any_order_and_be_more(root):
    order = np.random.default_rng(0).permutation(40)
    names = ["Extra", *(CELEBA_ATTRIBUTES[place] for place in order[:20]), "file"]
    names += [CELEBA_ATTRIBUTES[place] for place in order[20:]]
    rewrite(root, lambda file, values: [7, *values[order[:20]], file, *values[order[20:]]], names, FILES[::-1])
    source = celeba(root)
    assert source.keys == tuple(FILES) and np.array_equal(source.columns["attributes"], np.eye(40))


def test_the_column_of_the_files_may_have_any_name_or_none(root):
    for names in (("photo", *CELEBA_ATTRIBUTES), CELEBA_ATTRIBUTES):
        write_lists(root)
        rewrite(root, names=names)
        assert np.array_equal(celeba(root).columns["attributes"], np.eye(40))


@pytest.mark.parametrize(
    ("row", "names", "message"),
    [
        (lambda file, values: [file, *values[:39]], ("image_id", *CELEBA_ATTRIBUTES[:39]), "has no column `Young`"),
        (lambda file, values: [file, *values[:39]], ("image_id", *CELEBA_ATTRIBUTES), "41 names of columns and 39 val"),
        (lambda file, values: [file, *(3 * values)], ("image_id", *CELEBA_ATTRIBUTES), "the value 3; it must be -1 or"),
        (lambda file, values: [file, *(0.5 * values)], ("image_id", *CELEBA_ATTRIBUTES), "numbers that are not whole"),
        (lambda file, values: [file, *(["maybe"] * 40)], ("image_id", *CELEBA_ATTRIBUTES), "maybe"),
    ],
)
def test_attributes_that_cannot_be_read_are_named(root, row, names, message):
    rewrite(root, row, names)
    with pytest.raises(DataError, match=message):
        celeba(root)


def test_a_missing_row_is_named(root):
    rewrite(root, files=FILES[1:])
    with pytest.raises(DataError, match="list_attr_celeba.csv has no row for 1 of 40 pictures, such as 000001.jpg"):
        celeba(root)
