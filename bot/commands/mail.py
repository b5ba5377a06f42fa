"""What of a mail is its writer's own: forges make comments of answers by mail, and leave quotations in."""

from __future__ import annotations

import re

_WROTE = "|".join(
    [
        "wrote",
        r"schrieb[^\n:]{0,80}",
        "a écrit",
        "escribió",
        "ha scritto",
        "escreveu",
        r"schreef[^\n:]{0,80}",
        r"skrev[^\n:]{0,80}",
        r"napsala?",
        r"napisała?",
    ]
)
_WHO = r"[^\n]{0,300}(?:\n[^\n]{1,100})?"
_ATTRIBUTION = re.compile(
    r"^[ \t*_]*(?:-{2,} ?)?(?:On|Am|Le|El|Il|Em|Op|Den|Dne|W dniu)[ \u00a0]"
    rf"(?={_WHO}[\d@]){_WHO}?\b(?:{_WROTE})[ \u00a0]?(?::|-{{2,}})[ \t*_]*$",
    re.MULTILINE,
)
"""`On Tue, 20 Nov 2018 at 19:14, Jane <jane@example.org> wrote:`, on one line or on two, in the languages that
mail programs are used in; Zoho draws `----` about it."""
_SUBJECT = "Subject|Betreff|Objet|Asunto|Oggetto|Assunto|Onderwerp|Ämne|Emne"
_COPY = re.compile(
    r"^[ \t*_]*(?:"
    r"-{3,} ?(?:Original Message|Forwarded message|Original-Nachricht|Ursprüngliche Nachricht|Message d.origine"
    r"|Mensaje original|Messaggio originale|Mensagem original|Oorspronkelijk bericht) ?-{3,}"
    r"|Reply to this email directly\b"
    r"|You are receiving this because\b"
    r"|You.re receiving this email because\b"
    rf"|(?:From|Von|De|Da|Van|Från|Fra) ?:[^\n]{{1,300}}(?:\n[^\n]{{0,300}}){{1,6}}?\n[ \t*_]*(?:{_SUBJECT}) ?:"
    r")",
    re.MULTILINE | re.IGNORECASE,
)
"""What stands above a copy without marks, as Outlook makes it, and the foot of the forges' own mails."""
_SIGNATURE = re.compile(
    r"(?:--|—) ?$|(?:Sent (?:from|via|with)|Get Outlook for|Gesendet von|Envoyé de|Enviado (?:desde|do)|Inviato da) "
    r"|Von meinem .{1,60} gesendet|Verstuurd vanaf "
)
"""RFC 3676, section 4.3, and what telephones write themselves."""
_FAREWELL = re.compile(
    r"(?:(?:many )?thanks(?: a lot| again)?|thank you|thx|cheers|(?:best|kind|warm)(?: regards| wishes)?|regards|"
    r"yours(?: sincerely)?|sincerely|(?:viele|beste|liebe|mit freundlichen) grüßen?|mfg|vg|merci|cordialement|saludos|"
    r"gracias|danke)[ ,.!:;)-]*$",
    re.IGNORECASE,
)


def without_copies(text: str) -> str:
    """The text without the mail that it answers, which follows below a line of its own where it bears no `>`."""
    kept, position = [], 0
    for found in _ATTRIBUTION.finditer(text):
        if not text[found.end() : found.end() + 200].lstrip().startswith(">"):
            kept.append(text[position : found.start()])
            position = len(text)
            break
        # The answer stands below the quotation, or between its parts.
        kept.append(text[position : found.start()])
        position = found.end()
    own = "".join([*kept, text[position:]])
    copy = _COPY.search(own)
    return own if copy is None else own[: copy.start()]


def is_signature(line: str) -> bool:
    """Whether this line and all that follows it are the mail's signature."""
    return _SIGNATURE.match(line) is not None


def is_farewell(line: str) -> bool:
    """Whether the line only thanks or greets."""
    return _FAREWELL.match(line) is not None
