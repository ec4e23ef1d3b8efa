"""``minzheng person attach / files / file`` as a script sees them."""

import stat

from tests.exchange.numbers import csv_text, number, people, person
from tests.exchange.test_command import failed
from tests.exchange.test_person_files import MARRIAGE

PDF = b"%PDF-1.7\nbody"


def test_files_are_attached_listed_and_taken_out(make_apart):
    node = make_apart()
    folder = node.home.parent
    (folder / "底册.csv").write_text(people(person(), person("李敏", 2)), encoding="utf-8")
    couple = ("结婚", "J330106-2020-000001", "330106", "2020-05-20", "王晓", number(1), "李敏", number(2))
    (folder / "婚姻.csv").write_text(csv_text(MARRIAGE, couple), encoding="utf-8")
    node.json("bring-in", "persons", folder / "底册.csv")
    node.json("bring-in", "marriages", folder / "婚姻.csv")
    (folder / "证明.pdf").write_bytes(PDF)
    (folder / "照片.jpg").write_bytes(b"\xff\xd8\xff\xe0photo")
    (folder / "程序.exe").write_bytes(b"MZ")
    why = ("--purpose", "核对低保申请")

    done = node.json(
        "person", "attach", number(1), folder / "证明.pdf", folder / "照片.jpg", "--title", "证明", *why
    )
    assert [(f["file"], f["result"]) for f in done["files"]] == [
        ("证明.pdf", "attached"),
        ("照片.jpg", "attached"),
    ]
    again = node.run("person", "attach", number(1), folder / "证明.pdf", *why)
    assert again.returncode == 0 and "没有重复保存" in again.stdout and again.stderr == ""
    mixed = node.run("person", "attach", "李敏", folder / "程序.exe", folder / "证明.pdf", *why)
    failed(mixed, "2 个文件中有 1 个没有挂接", "程序.exe: 不接收 .exe")
    assert "已挂接 证明.pdf" in mixed.stdout
    shared = node.json(
        "person", "attach", number(1), folder / "照片.jpg", "--record", "j330106-2020-000001", "--by", "窗口", *why
    )  # fmt: skip

    listed = node.json("person", "files", "李敏", *why)["files"]
    assert {(f["name"], f["hangs_on"]["kind"], f["attached_by"]) for f in listed} >= {
        ("照片.jpg", "marriages", "窗口")
    }
    assert {f["id"] for f in listed} >= {shared["files"][0]["id"]} and len(listed) == 2
    text = node.run("person", "files", number(1), *why).stdout
    assert "证明.pdf" in text and "PDF 文档" in text and "婚姻登记(男方)" in text

    out = folder / "取出.pdf"
    told = node.json("person", "file", done["files"][0]["id"], "--out", out, *why)
    assert out.read_bytes() == PDF and stat.S_IMODE(out.stat().st_mode) == 0o600
    assert (told["size"], told["media_type"]) == (len(PDF), "application/pdf")
    with node.connect() as database:
        acts = database.execute(
            "SELECT action, purpose, count(*) FROM foundation_auditentry WHERE action LIKE 'person%' GROUP BY 1, 2"
        ).fetchall()
    assert {(a, n) for a, _, n in acts} == {
        ("person_files", 6), ("person.file_attach", 4), ("person.files", 2), ("person.file_out", 1)
    }  # fmt: skip
    assert {purpose for _, purpose, _ in acts} == {"核对低保申请"}

    failed(node.run("person", "file", done["files"][0]["id"], "--out", out, *why), "已存在")
    failed(node.run("person", "file", 10**20, "--out", folder / "无.pdf", *why), "没有附件")
    failed(node.run("person", "file", 1, "--out", folder / "无" / "无.pdf", *why), "不存在")
    failed(node.run("person", "file", 1, "--out", folder / "无.pdf", "--purpose", " "), "目的")
    failed(node.run("person", "files", "查无此人", *why), "没有查到此人")
    failed(node.run("person", "attach", number(1), folder / "证明.pdf"), "缺少参数", "purpose")
    failed(node.run("person", "attach", number(1), folder / "没有.pdf", *why), "不存在")
    failed(
        node.run("person", "attach", number(1), folder / "证明.pdf", "--record", "X1", *why), "没有证号为 X1"
    )
