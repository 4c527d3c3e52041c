"""What tells a recipient that a document is no new one: a word in names and subjects."""

from __future__ import annotations

from flows.definition import Target


def marked(target: Target, word: str, sentence: str) -> Target:
    """Return a target whose file names, subjects and mail texts say that a document is known.

    Args:
        target: as the definition describes it.
        word: goes into the name, before its suffix, and before the subject.
        sentence: stands above the text of a mail; no template.
    """
    plain = sentence.replace("{", "(").replace("}", ")")
    mail = target.mail.model_copy(
        update={
            "subject": f"{word}: {target.mail.subject}",
            "text": f"{word}: {plain}\n\n{target.mail.text}",
        }
    )
    stem, dot, suffix = target.file_name.rpartition("{suffix}")
    name = f"{stem}_{word}{dot}{suffix}" if dot else f"{word}_{target.file_name}"
    if target.file_name == "{name}":
        name = f"{{stem}}_{word}{{suffix}}"
    return target.model_copy(update={"mail": mail, "file_name": name})
