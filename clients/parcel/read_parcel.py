#!/usr/bin/env python3
"""Read a parcel (电子报文) without the node's software: verify, decrypt, unpack.

Needs Python 3.9 or later and two packages: ``cryptography`` and ``gmssl-pyx``. Nothing else, no network, no database.
The format is described in docs/reference/parcel-format.md.

    python read_parcel.py keygen  密钥目录                     make your own two key pairs, once
    python read_parcel.py info    文件                         who sent it to whom; nothing is verified yet
    python read_parcel.py open    文件 --keys 密钥目录 --sender 发送方签名公钥 --out 目录

``open`` writes ``data.csv`` (or ``data.xml``), ``datapackage.json`` and ``manifest.json``, or ``receipt.json``, after
everything was verified; before that it writes nothing. ``--csv`` turns XML data into CSV. The answer is one line of JSON.
"""

import argparse
import base64
import csv
import hmac
import io
import json
import os
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile

import gmssl_pyx as gmssl
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC

MAGIC, FORMAT = b"MZPARCEL/1\n", "minzheng-parcel/1"
NONCE, TAG, PIECE, LONGEST_LINE = 16, 32, 1 << 20, 8192
CIPHERS = {"cipher": "SM4-CTR", "mac": "HMAC-SM3", "wrap": "SM2"}
MANIFEST, SIGNATURE, PACKAGE, RECEIPT = "manifest.json", "signature", "datapackage.json", "receipt.json"
KNOWN = {MANIFEST, SIGNATURE, PACKAGE, RECEIPT, "data.csv", "data.xml"}
SMALL, MOST_BYTES, MOST_TIMES, SMALL_ANYWAY = 16 << 20, 8 << 30, 200, 64 << 20

BAD_KEY = (gmssl.GmsslInnerError, gmssl.InvalidValueError, ValueError, TypeError)


class Refused(Exception):
    """The parcel is refused; the message says why in Chinese (拒收)."""


def read_pair(path):
    """(public 64 bytes, private 32 bytes) of a key file: two hex texts on one line (读密钥)."""
    with open(path, encoding="ascii") as file:
        public, private = (bytes.fromhex(part) for part in file.read().split())
    return public, private


def keygen(folder):
    """Two pairs: ``sign.sm2`` to sign with, ``seal.sm2`` to be written to (生成密钥)."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    told = {}
    for purpose in ("sign", "seal"):
        public, private = gmssl.sm2_key_generate()
        handle = os.open(os.path.join(folder, f"{purpose}.sm2"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{public.hex()} {private.hex()}")
        told[f"{purpose}_key"] = public.hex()
    return told


def envelope_of(file):
    """The envelope; the file stands behind it afterwards (信封)."""
    if file.read(len(MAGIC)) != MAGIC:
        raise Refused("这不是电子报文文件, 或文件头已被改动")
    line = file.readline(LONGEST_LINE)
    try:
        said = json.loads(line)
        if not line.endswith(b"\n") or said["format"] != FORMAT or {k: said[k] for k in CIPHERS} != CIPHERS:
            raise ValueError
        return {name: str(said[name]) for name in ("id", "sender", "receiver", "key")}
    except (ValueError, KeyError, TypeError):
        raise Refused("报文信封不完整、已被改动, 或不是认识的版本") from None


def decrypt(path, pair, target):
    """Check the HMAC over the whole file, then write the zip inside to ``target``; returns the envelope (解密)."""
    with open(path, "rb") as file:
        envelope = envelope_of(file)
        begins = file.tell()
        left = os.path.getsize(path) - begins - NONCE - TAG
        if left < 0:
            raise Refused("报文不完整")
        try:
            secret = gmssl.sm2_decrypt(pair[1], bytes.fromhex(envelope["key"]))
        except BAD_KEY:
            raise Refused("报文密钥不是封装给本单位的, 或报文已被改动") from None
        if len(secret) != 48:
            raise Refused("报文密钥长度不对")
        mac = HMAC(secret[16:], SM3())
        file.seek(0)
        for piece in pieces(file, begins + NONCE + left):
            mac.update(piece)
        if not hmac.compare_digest(mac.finalize(), file.read(TAG)):
            raise Refused("报文不完整或已被改动 (完整性校验不符)")
        file.seek(begins)
        decryptor = Cipher(algorithms.SM4(secret[:16]), modes.CTR(file.read(NONCE))).decryptor()
        for piece in pieces(file, left):
            target.write(decryptor.update(piece))
    return envelope


def pieces(file, left):
    """At most ``left`` bytes of a file, piece by piece."""
    while left > 0:
        piece = file.read(min(PIECE, left))
        if not piece:
            return
        left -= len(piece)
        yield piece


def verified(archive, envelope, sender_key):
    """The manifest, once members, signature and digests hold (核验)."""
    members = archive.infolist()
    names = [one.filename for one in members]
    if set(names) - KNOWN or len(names) != len(set(names)):
        raise Refused("报文内有不该有的文件")
    unpacked, packed = sum(m.file_size for m in members), max(1, sum(m.compress_size for m in members))
    if unpacked > MOST_BYTES or (unpacked > SMALL_ANYWAY and unpacked / packed > MOST_TIMES):
        raise Refused("报文解压后过大, 疑似压缩炸弹")
    content = small(archive, MANIFEST)
    manifest, signature = json.loads(content), json.loads(small(archive, SIGNATURE))
    digest = bytes(gmssl.sm3_hash(content))
    try:
        signed = gmssl.sm2_verify(sender_key, digest, bytes.fromhex(signature["signature"]))
    except BAD_KEY:
        signed = False
    if not signed:
        raise Refused("签名与内容不符, 或发送方公钥不对")
    same = (manifest["id"], manifest["sender"], manifest["receiver"], manifest["sender"])
    if same != (envelope["id"], envelope["sender"], envelope["receiver"], signature["by"]):
        raise Refused("报文信封、清单和签名所说的编号或成员不一致")
    if set(names) - {MANIFEST, SIGNATURE} != set(manifest["members"]):
        raise Refused("报文中的文件与清单不符")
    for name, said in manifest["members"].items():
        copy(archive, name, said, None)
    return manifest


def small(archive, name):
    """A small member, whole."""
    with archive.open(name) as source:
        content = source.read(SMALL + 1)
    if len(content) > SMALL:
        raise Refused(f"报文中 {name} 过大")
    return content


def copy(archive, name, said, target):
    """Copy a member and check its SM3 and size on the way; without a target only check."""
    digest, size = Hash(SM3()), 0
    with archive.open(name) as source:
        for piece in pieces(source, said["size"] + 1):
            digest.update(piece)
            size += len(piece)
            if target is not None:
                target.write(piece)
    if (digest.finalize().hex(), size) != (said["sm3"], said["size"]):
        raise Refused(f"报文中 {name} 的摘要与清单不符")


def open_parcel(path, keys, sender_key, out, as_csv=False):
    """Verify all, then write the members into a folder; returns the manifest (打开报文)."""
    pair = read_pair(os.path.join(keys, "seal.sm2"))
    with tempfile.TemporaryFile() as inside:
        envelope = decrypt(path, pair, inside)
        try:
            with zipfile.ZipFile(inside) as archive:
                manifest = verified(archive, envelope, sender_key)
                os.makedirs(out, exist_ok=True)
                for name, said in manifest["members"].items():
                    with open(os.path.join(out, name), "wb") as target:
                        copy(archive, name, said, target)
                with open(os.path.join(out, MANIFEST), "wb") as target:
                    target.write(small(archive, MANIFEST))
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
            raise Refused(f"报文内容损坏或格式不对 ({type(error).__name__})") from error
    if as_csv and "data.xml" in manifest["members"]:
        xml_to_csv(out)
    return manifest


def rows(path, columns):
    """The rows of ``data.xml`` as lists; None where there is no value. Streams (读 XML)."""
    place = {tag: n for n, tag in enumerate(columns)}
    for _, element in ElementTree.iterparse(path):
        if element.tag != "row":
            continue
        row = [None] * len(place)
        for cell in element:
            text = cell.text or ""
            row[place[cell.tag]] = (
                base64.b64decode(text).decode() if cell.get("encoding") == "base64" else text
            )
        yield row
        element.clear()


def csv_rows(path):
    """The rows of ``data.csv`` as lists, the headings first; None for a cell without a value, '' for an empty text (读 CSV)."""
    with open(path, encoding="utf-8", newline="") as file:
        yield from parsed(iter(lambda: file.read(PIECE), ""))


def parsed(texts):
    """RFC 4180 with one thing more: what stands in quotes is a text, even an empty one."""
    row, cell, quoted, inside, doubling = [], io.StringIO(), False, False, False
    for text in texts:
        for character in text:
            if inside and not doubling:
                doubling = character == '"'
                if not doubling:
                    cell.write(character)
                continue
            if doubling:
                doubling = False
                if character == '"':
                    cell.write(character)
                    continue
                inside = False
            if character == '"':
                inside = quoted = True
            elif character in ",\n":
                value = cell.getvalue()
                row.append(value if value or quoted else None)
                cell, quoted = io.StringIO(), False
                if character == "\n":
                    yield row
                    row = []
            else:
                cell.write(character)


def xml_to_csv(out):
    """``data.csv`` beside ``data.xml``; a cell without a value and an empty text are both empty in it."""
    with open(os.path.join(out, PACKAGE), encoding="utf-8") as file:
        fields = json.load(file)["resources"][0]["schema"]["fields"]
    with open(os.path.join(out, "data.csv"), "w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([field["name"] for field in fields])
        writer.writerows(rows(os.path.join(out, "data.xml"), [field["minzheng:tag"] for field in fields]))


def main():
    """The command line (命令行)."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("keygen").add_argument("folder")
    commands.add_parser("info").add_argument("file")
    opening = commands.add_parser("open")
    opening.add_argument("file")
    for name in ("--keys", "--sender", "--out"):
        opening.add_argument(name, required=True)
    opening.add_argument("--csv", action="store_true")
    asked = parser.parse_args()
    try:
        if asked.command == "keygen":
            told = keygen(asked.folder)
        elif asked.command == "info":
            with open(asked.file, "rb") as file:
                told = {name: value for name, value in envelope_of(file).items() if name != "key"}
        else:
            told = open_parcel(asked.file, asked.keys, bytes.fromhex(asked.sender), asked.out, asked.csv)
    except (Refused, OSError, ValueError) as error:
        print(f"错误: {error}", file=sys.stderr)
        return 1
    print(json.dumps(told, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
