"""A clerk hangs a photo and a PDF on a person, downloads one for a purpose, withdraws the other and takes that back."""

import base64

import pytest
from tests.browser import axe_violations, log_in
from tests.web.test_persons import people

from minzheng.foundation.audit.models import AuditEntry
from minzheng.foundation.files.models import Attachment

__all__ = ["people"]
pytestmark = pytest.mark.browser
PDF = b"%PDF-1.7\n" + b"body " * 3000
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def wider_than_screen(page):
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def handed(name, content, kind="application/pdf"):
    return {"name": name, "mimeType": kind, "buffer": content}


def check(page, name):
    assert axe_violations(page) == [], name
    assert not wider_than_screen(page), name


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)])
def test_files_are_added_downloaded_withdrawn_and_restored(open_page, officer, people, width, height):
    page = open_page(width, height)
    page.emulate_media(reduced_motion="reduce")  # colours are judged as they end, not on their way
    log_in(page)
    page.goto(f"/persons/{people['王晓']}/")
    section = page.locator("#person-files")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    section.get_by_text("还没有附件").wait_for()
    section.get_by_text("添加附件").click()
    chooser = section.get_by_label("选择文件，或把文件拖到这里")
    chooser.set_input_files([handed("空.pdf", b"")])
    assert "空文件" in page.locator("#attachment-note").inner_text()
    chooser.set_input_files([handed("证件照.png", PHOTO, "image/png"), handed("死亡证明.pdf", PDF)])
    assert "已选择 2 个文件" in page.locator("#attachment-note").inner_text()
    section.get_by_label("标题").fill("火化材料")
    check(page, "form")
    section.get_by_role("button", name="添加", exact=True).click()
    section.get_by_text("已添加 2 个文件").wait_for()
    assert section.locator(".files > li").count() == 2
    check(page, "added")

    section.get_by_text("添加附件").click()
    chooser.set_input_files(
        [handed("同一份.pdf", PDF), handed("名单.docx", b"x"), handed("结婚证.pdf", PDF + b"2")]
    )
    section.get_by_label("挂在").select_option(index=1)
    section.get_by_role("button", name="添加", exact=True).click()
    section.get_by_text("有 1 个文件没有添加").wait_for()  # on the record it is no second one
    assert "名单.docx：文件内容与扩展名不符" in section.get_by_role("alert").inner_text()
    check(page, "refused")

    section.get_by_role("link", name="下载 结婚证").click()
    page.get_by_label("用途").wait_for()
    assert page.evaluate("document.activeElement.id") == "purpose"
    check(page, "purpose")
    page.keyboard.type("核对低保申请")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "结婚证.pdf"
    assert download.value.path().read_bytes() == PDF + b"2"
    page.locator("#dialog").wait_for(state="hidden")
    assert AuditEntry.objects.get(action="person.file_out").purpose == "核对低保申请"

    section.get_by_role("link", name="撤下 火化材料").first.click()
    page.get_by_label("撤下原因").fill("不是此人的材料")
    check(page, "reason")
    page.keyboard.press("Enter")
    section.get_by_text("已撤下“火化材料”").wait_for()
    page.locator("#dialog").wait_for(state="hidden")
    section.get_by_text("已撤下 1 份").click()
    assert "不是此人的材料" in section.inner_text()
    check(page, "withdrawn")
    section.get_by_role("button", name="恢复 火化材料").click()
    section.get_by_text("已恢复“火化材料”").wait_for()
    assert not Attachment.objects.filter(removed_at__isnull=False).exists()
    page.goto(f"/persons/{people['王晓']}/files/")
    check(page, "page")


def test_all_of_it_works_without_a_script(chromium, live_server, officer, people):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.set_default_timeout(15_000)
    log_in(page)
    page.goto(f"/persons/{people['王晓']}/")
    page.get_by_role("link", name="查看附件资料").click()
    page.get_by_text("添加附件").click()
    page.get_by_label("选择文件，或把文件拖到这里").set_input_files([handed("死亡证明.pdf", PDF)])
    page.get_by_role("button", name="添加", exact=True).click()
    assert page.get_by_role("status").inner_text() == "已添加“死亡证明.pdf”。"
    page.get_by_role("link", name="下载 死亡证明").click()
    page.get_by_label("用途").fill("核对低保申请")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载", exact=True).click()
    assert download.value.path().read_bytes() == PDF
    page.get_by_role("link", name="返回").click()
    page.get_by_role("link", name="撤下 死亡证明").click()
    page.get_by_label("撤下原因").fill("不清晰，另行提供")
    page.get_by_role("button", name="撤下", exact=True).click()
    page.get_by_text("已撤下 1 份").click()
    page.get_by_role("button", name="恢复 死亡证明").click()
    assert page.get_by_role("status").inner_text() == "已恢复“死亡证明”。"
    context.close()
