"""The sample is what it says: same seed same bytes, the published shape, readable, true to its truth."""

import csv
import hashlib
import io
import json
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from minzheng.kernel import id_number, uscc
from minzheng.kernel.money import parse_fen
from minzheng_sample.command import find_pack, sample
from minzheng_sample.divisions import read_divisions
from minzheng_sample.feeds import allowances, cremations, marriages, persons, societies
from minzheng_sample.sample import Report, make_sample

TODAY = date(2026, 6, 30)
FEEDS = {
    "persons": persons.HEADINGS,
    "marriages": marriages.HEADINGS,
    "allowances": allowances.HEADINGS,
    "cremations": cremations.HEADINGS,
    "societies": societies.HEADINGS,
}
NUMBER_COLUMNS = {
    ("persons", "person"): "公民身份号码",
    ("marriages", "man"): "男方公民身份号码",
    ("marriages", "woman"): "女方公民身份号码",
    ("allowances", "member"): "成员公民身份号码",
    ("cremations", "deceased"): "逝者公民身份号码",
    ("societies", "legal_representative"): "法定代表人公民身份号码",
}


def write(out: Path, *, persons: int = 6000, seed: int = 7, single: bool = False) -> Report:
    return make_sample(
        read_divisions(find_pack()), out, persons=persons, seed=seed, today=TODAY, single=single
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Report]:
    out = tmp_path_factory.mktemp("sample")
    return out, write(out)


@pytest.fixture(scope="module")
def single(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("single")
    write(out, single=True)
    return out


def rows_of(text: str, delimiter: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def read_workbook(path: Path, header_row: int) -> list[dict[str, str]]:
    sheet = openpyxl.load_workbook(path).active
    table = list(sheet.iter_rows(min_row=header_row, values_only=True))
    return [dict(zip(table[0], line, strict=True)) for line in table[1:]]


def read_files(out: Path, report: Report) -> Iterator[tuple[str, str, list[dict[str, str]]]]:
    """Feed, file and rows by plain readers: every file of the sample."""
    for one in report.files:
        path, delimiter, encoding = out / one["file"], one["delimiter"], one["encoding"]
        if one["form"] == "xlsx":
            yield one["feed"], one["file"], read_workbook(path, one["header_row"])
        elif one["form"] == "zip":
            with zipfile.ZipFile(path) as archive:
                assert archive.namelist() == one["members"]
                for name in archive.namelist():
                    text = archive.read(name).decode(encoding)
                    yield one["feed"], f"{one['file']}/{name}", rows_of(text, delimiter)
        else:
            yield one["feed"], one["file"], rows_of(path.read_bytes().decode(encoding), delimiter)


@pytest.fixture(scope="module")
def content(made) -> dict[tuple[str, str], list[dict[str, str]]]:
    return {(feed, name): rows for feed, name, rows in read_files(*made)}


@pytest.fixture(scope="module")
def truth(made) -> dict[str, list[dict[str, str]]]:
    found = {feed: read_truth(made[0], feed) for feed in FEEDS}
    for key, name in (("people", "persons"), ("events", "events")):
        found[key] = rows_of((made[0] / "truth" / f"{name}.csv").read_text(encoding="utf-8"), ",")
    return found


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_same_seed_same_bytes_and_another_seed_differs(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write(tmp_path / name, persons=1500, seed=seed)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert digest(tmp_path / "a") != digest(tmp_path / "c")


def test_files_have_the_feeds_headings_and_every_form_occurs(made, content) -> None:
    for (feed, name), rows in content.items():
        assert list(rows[0]) == FEEDS[feed], name
    report = made[1]
    forms = {(one["form"], one["encoding"]) for one in report.files if one["feed"] == "persons"}
    assert {("csv", "gb18030"), ("csv", "utf-8-sig"), ("zip", "gb18030"), ("xlsx", "utf-8")} <= forms
    assert len({one["delimiter"] for one in report.files}) >= 4
    assert {one["codes"] for one in report.files if one["feed"] == "persons"} == {"code", "label", "old"}


def test_workbooks_have_titles_merged_cells_and_dates_as_numbers(made) -> None:
    out, report = made
    books = [one for one in report.files if one["form"] == "xlsx" and one["feed"] == "persons"]
    assert books
    for one in books:
        sheet = openpyxl.load_workbook(out / one["file"]).active
        merged = [str(area) for area in sheet.merged_cells.ranges]
        assert "A1:M1" in merged
        assert any(area.startswith("G") for area in merged)
        assert one["header_row"] == 3
        births = [sheet.cell(row, 4).value for row in range(4, sheet.max_row + 1)]
        assert sum(isinstance(value, datetime) for value in births) > len(births) * 0.8
        assert any(isinstance(value, str) for value in births)


def test_a_number_of_a_workbooks_date_is_the_day_it_stands_for(made, content, truth) -> None:
    born = {row["person_id"]: row["born_on"] for row in truth["people"]}
    checked = 0
    for row in truth["persons"]:
        if not row["file"].endswith("xlsx") or row["dirt"]:
            continue
        value = content["persons", row["file"]][int(row["row"]) - 1]["出生日期"]
        if isinstance(value, datetime):
            assert value.date().isoformat() == born[row["person_id"]]
            checked += 1
    assert checked > 100


def test_truth_has_a_line_for_every_row_and_role(content, truth) -> None:
    for feed in FEEDS:
        written = Counter({name: len(rows) for (kind, name), rows in content.items() if kind == feed})
        roles = len({row["role"] for row in truth[feed]})
        told = Counter(row["file"] for row in truth[feed])
        assert told == Counter({name: count * roles for name, count in written.items()})


def test_truths_person_is_the_one_in_the_row(content, truth) -> None:
    """Where no dirt touched the number, it is the true person's; names too."""
    people = {row["person_id"]: row for row in truth["people"]}
    name_of = {
        "person": "姓名",
        "man": "男方姓名",
        "woman": "女方姓名",
        "member": "成员姓名",
        "deceased": "逝者姓名",
    }
    checked = Counter()
    for (feed, role), column in NUMBER_COLUMNS.items():
        for line in truth[feed]:
            if line["role"] != role or line["dirt"]:
                continue
            row = content[feed, line["file"]][int(line["row"]) - 1]
            person = people[line["person_id"]]
            assert row[column] == person["number"], line
            assert row[name_of.get(role, "法定代表人")] == person["name"], line
            checked[feed] += 1
    assert min(checked[feed] for feed in FEEDS) > 5


def test_expected_outcome_follows_the_kernels_checks(content, truth) -> None:
    """A persons row is expected to be refused exactly when number, birth date, sex or name fails."""
    dirt = defaultdict(str)
    seen = Counter()
    for line in truth["persons"]:
        row = content["persons", line["file"]][int(line["row"]) - 1]
        number = id_number.normalise(row["公民身份号码"] or "")
        wrong = bool(number) and id_number.problem(number, today=TODAY) is not None
        if number and not wrong:
            sex = row["性别"] if row["性别"] in "12" else {"男": "1", "女": "2"}[row["性别"]]
            wrong = sex != id_number.sex_code(number) or not birth_agrees(row["出生日期"], number)
        wrong = wrong or not row["姓名"]
        assert (line["expected"] == "refuse") == wrong, (line, row)
        seen[line["expected"]] += 1
        dirt[line["dirt"]] = line["expected"]
    assert seen["refuse"] >= 3
    assert seen["accept"] > 5000


def birth_agrees(value: object, number: str) -> bool:
    if not value:
        return True
    if isinstance(value, datetime):
        return value.strftime("%Y%m%d") == number[6:14]
    text = str(value)
    parts = [text[:4], text[4:6], text[6:]] if text.isdigit() else re.findall(r"\d+", text)
    return "".join(part.zfill(2) for part in parts) == number[6:14]


def test_clean_numbers_are_valid_unique_and_nobodys(truth) -> None:
    numbers = [row["number"] for row in truth["people"]]
    assert len(set(numbers)) == len(numbers)
    for row in truth["people"]:
        number = row["number"]
        assert id_number.problem(number, today=TODAY) is None
        assert re.fullmatch(r"33(0[1-9]|1[01])99", number[:6])
        assert id_number.sex_code(number) == row["sex"]
        assert id_number.birth_date(number).isoformat() == row["born_on"]


def test_no_number_in_any_file_has_a_real_address_code(content) -> None:
    for (_, name), rows in content.items():
        for row in rows:
            for heading, value in row.items():
                if "身份号码" in heading and value:
                    assert re.match(r"33\d\d99", id_number.normalise(value)), (name, row)


def test_credit_codes_are_valid_unless_truth_says_otherwise(content, truth) -> None:
    codes = set()
    for line in truth["societies"]:
        code = content["societies", line["file"]][int(line["row"]) - 1]["统一社会信用代码"]
        problem = uscc.problem(uscc.normalise(code or ""))
        assert (problem is not None) == (line["expected"] == "refuse")
        if problem is None:
            codes.add(uscc.normalise(code))
    assert len(codes) == sum(line["expected"] != "refuse" for line in truth["societies"])


def test_marriage_certificates_are_well_formed_and_without_gaps(content) -> None:
    numbers: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for (feed, _), rows in content.items():
        for row in rows if feed == "marriages" else []:
            match = re.fullmatch(r"(J|L|BJ|BL)(\d{6})-(\d{4})-(\d{6})", row["登记证字号"])
            assert match
            assert match[2] == row["登记机关区划"]
            numbers[match[1], match[2], match[3]].append(int(match[4]))
    for sequence in numbers.values():
        assert sorted(sequence) == list(range(1, len(sequence) + 1))


def test_spouses_are_a_man_and_a_woman_of_age(truth, content) -> None:
    people = {row["person_id"]: row for row in truth["people"]}
    sexes = {"man": "1", "woman": "2"}
    for line in truth["marriages"]:
        assert people[line["person_id"]]["sex"] == sexes[line["role"]]
        year = int(re.search(r"_(\d{4})", line["file"])[1])
        assert year - int(people[line["person_id"]]["born_on"][:4]) >= (22 if line["role"] == "man" else 20)


def test_amounts_are_the_same_in_all_rows_of_a_household_and_month(content) -> None:
    for (feed, name), rows in content.items():
        if feed != "allowances":
            continue
        amounts = defaultdict(set)
        for row in rows:
            amounts[row["低保证号"]].add(parse_fen(str(row["月保障金额(元)"])))
        assert all(len(values) == 1 for values in amounts.values()), name


def test_households_share_an_address_and_have_one_head(truth) -> None:
    homes = defaultdict(list)
    for row in truth["people"]:
        homes[row["household_id"]].append(row)
    for members in homes.values():
        assert len({row["address"] for row in members}) == 1
        assert [row["relation"] for row in members].count("2") == 1


def test_siblings_have_different_names_and_lawful_ages_apart(truth) -> None:
    homes = defaultdict(list)
    for row in truth["people"]:
        if row["relation"] in ("20", "30"):
            homes[row["household_id"]].append(row)
    twins = 0
    for children in homes.values():
        assert len({row["name"] for row in children}) == len(children)
        twins += len({row["born_on"] for row in children}) < len(children)
    assert 0 < twins < 0.04 * len(homes)


def test_names_are_a_realistic_crowd(tmp_path: Path) -> None:
    write(tmp_path, persons=20_000, single=True)
    names = Counter(row["name"] for row in rows_of((tmp_path / "truth/persons.csv").read_text("utf-8"), ","))
    assert 5 <= names.most_common(1)[0][1] <= 40
    assert 0.4 <= sum(count == 1 for count in names.values()) / 20_000 <= 0.85
    assert any(ord(character) > 0xFFFF for name in names for character in name)
    lengths = Counter(min(len(name), 5) for name in names.elements())
    assert 0.1 < lengths[2] / 20_000 < 0.35
    assert lengths[3] / 20_000 > 0.6


def test_shares_stay_near_the_published_figures(tmp_path: Path) -> None:
    report = write(tmp_path, persons=60_000, single=True)
    population = report.population
    assert 0.26 <= population["age_60_share"] <= 0.275
    assert 0.185 <= population["age_65_share"] <= 0.2
    assert 0.51 <= population["male_share"] <= 0.53
    assert 2.1 <= population["mean_household"] <= 2.6
    assert population["dead_in_window"] == round(60_000 * 0.00666 * 3)
    dirt, rows = report.dirt["persons"], report.rows["persons"]
    assert 0.045 <= dirt["number_missing"] / rows <= 0.07
    assert 0.0005 <= dirt["number_wrong_check"] / rows <= 0.0025
    assert 0.85 <= report.rows["cremations"] / population["dead_in_window"] <= 1.02
    assert 3.0 <= report.rows["marriages"] / 60 / 5 <= 12  # with divorces and reissued certificates
    members = len({row["person_id"] for row in read_truth(tmp_path, "allowances") if row["role"] == "member"})
    assert 0.008 <= members / 60_000 <= 0.0105
    residents = sum(population["cities"].values())
    assert abs(population["cities"]["杭州市"] / residents - 1193.6 / 6456.8) < 0.01


def read_truth(out: Path, feed: str) -> list[dict[str, str]]:
    return rows_of((out / "truth" / f"rows_{feed}.csv").read_text(encoding="utf-8"), ",")


def test_single_files_have_the_same_rows_with_the_same_dirt(made, single) -> None:
    for feed in FEEDS:
        many, one = (
            [(row["role"], row["person_id"], row["dirt"], row["expected"]) for row in read_truth(out, feed)]
            for out in (made[0], single)
        )
        assert Counter(many) == Counter(one)
        rows = rows_of((single / f"{feed}.csv").read_text(encoding="utf-8"), ",")
        assert list(rows[0]) == FEEDS[feed]
        roles = len({row["role"] for row in read_truth(single, feed)})
        assert [int(row["row"]) for row in read_truth(single, feed)][::roles] == list(range(1, len(rows) + 1))


def test_even_a_small_sample_shows_every_cross_business_event(made, truth) -> None:
    people = {row["person_id"]: row for row in truth["people"]}
    kinds = Counter(row["kind"] for row in truth["events"])
    for kind in ("dead_legal_representative", "paid_after_death", "cremated_twice", "shared_bank_account"):
        assert kinds[kind] > 0, kind
    assert kinds == {kind: count for kind, count in made[1].events.items() if count}
    for row in truth["events"]:
        if row["kind"] in ("dead_legal_representative", "paid_after_death", "cremated_twice"):
            assert people[row["person_id"]]["died_on"]


def test_a_repeated_row_is_the_same_in_every_byte(single) -> None:
    rows = rows_of((single / "persons.csv").read_text(encoding="utf-8"), ",")
    repeated = defaultdict(list)
    for line in read_truth(single, "persons"):
        if "repeated" in line["dirt"].split(";"):
            repeated[line["person_id"]].append(tuple(rows[int(line["row"]) - 1].values()))
    assert repeated
    assert all(len(copies) == 2 and copies[0] == copies[1] for copies in repeated.values())


def test_shares_of_dirt_can_be_set_and_wrong_ones_are_refused(tmp_path: Path) -> None:
    out, arguments = (
        tmp_path / "out",
        ["--persons", "2000", "--single", "--out", str(tmp_path / "out"), "--json"],
    )
    told = CliRunner().invoke(
        sample, [*arguments, "--dirt", "reentered=0.2", "--dirt", "number_missing_reentered=1"]
    )
    assert told.exit_code == 0, told.output
    again = [row for row in read_truth(out, "persons") if "reentered" in row["dirt"].split(";")]
    assert 300 < len(again) < 500
    assert all("number_missing" in row["dirt"].split(";") for row in again)
    for wrong in ("nothing=0.1", "moved=two", "moved=7"):
        refused = CliRunner().invoke(sample, ["--out", str(tmp_path / "x"), "--dirt", wrong])
        assert refused.exit_code == 1
        assert not (tmp_path / "x").exists()


def test_command_reports_as_json_and_refuses_a_folder_in_use(tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--persons", "300", "--seed", "2", "--out", str(out), "--json"]
    first = CliRunner().invoke(sample, arguments)
    assert first.exit_code == 0, first.output
    assert json.loads(first.stdout)["rows"]["persons"] > 250
    assert "造人口" in first.stderr
    second = CliRunner().invoke(sample, arguments)
    assert second.exit_code == 1
    assert "输出目录不是空的" in second.stderr
