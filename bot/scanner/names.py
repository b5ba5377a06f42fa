"""What a file's name alone tells: hints for when the content cannot be had, or would cost too much."""

from __future__ import annotations

import re

_TEXT = """
adb ads asm awk bash bat bib build c cc cfg clj cljs cmake cmd conf cpp cs css csv cu cuh cxx d dart diff dockerfile
dts el eml erb erl ex exs f f90 f95 feature fish frag go gradle graphql groovy h haml hbs hh hpp hrl hs htm html hxx
i18n in inc ini ipp java jl js jsx kt kts less lisp list lock log lua m4 make mak man md mdx mjs mk ml mli mm nim nix
org patch php pl plist pm po pot properties proto ps1 pug pxd py pyi pyx qml r rake rb rest rkt rs rst s sass sbt scala
scm scss sh sld sls sql srt sty sv svelte svg swift t tcl tex tf tmpl toml ts tsv tsx txt v vala vb vert vhd vhdl vim
vue xhtml xsd xsl xslt yaml yml zsh
""".split()
_OTHER = """
aac ai apng avi bmp doc docx eps flac gif heic ico jpeg jpg jxl mid midi mkv mov mp3 mp4 mpeg mpg odp ods odt ogg ogv
opus otf parquet pdf png ppt pptx ps psd svgz tga tif tiff ttf wav webm webp woff woff2 xls xlsx xcf
""".split()
_ENDING = re.compile(r"\.([a-z0-9]+)$")
TEXT_ENDINGS = frozenset(_TEXT)
"""How names of sources and other texts end, behind the dot."""
_ORDINARY_NAMES = frozenset(_TEXT) | frozenset(_OTHER)
_MODEL_WORDS = re.compile(r"model|weight|checkpoint|ckpt|state_dict|embedding|lora|params")


def names_ordinary(name: str) -> bool:
    """True where a lower-case file name ends as texts, pictures, sounds, fonts and documents do."""
    match = _ENDING.search(name)
    return match is not None and match[1] in _ORDINARY_NAMES


def names_model(path: str) -> bool:
    """True where a lower-case path holds a word by which people mean a model's numbers."""
    return _MODEL_WORDS.search(path) is not None
