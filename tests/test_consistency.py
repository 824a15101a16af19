"""Rows that leave what nearly all others do: system prompt, output format, boilerplate, language."""

from __future__ import annotations

import json
from random import Random

import pytest

from advisor.dataset.boilerplate import Boilerplate, read_phrases
from advisor.dataset.example import Example
from advisor.dataset.found import Found
from advisor.dataset.language import Languages, language_of
from advisor.dataset.output_format import OutputFormats
from advisor.dataset.system_prompt import SystemPrompts
from advisor.errors import RuleBookError
from advisor.files import load_boilerplate_phrases
from advisor.strict_yaml import read
from tests.dirty_rows import example, ticket

PHRASES = load_boilerplate_phrases()
SENTENCES = {
    "English": "Could you please check the invoice that I have received from your company?",
    "German": "Könnten Sie bitte die Rechnung prüfen, die ich von Ihnen erhalten habe?",
    "French": "Pouvez-vous vérifier la facture que j'ai reçue de votre entreprise, je ne comprends pas le montant",
    "Spanish": "¿Podría revisar la factura que he recibido de su empresa? No entiendo el importe que está en ella",
    "Italian": "Potete controllare la fattura che ho ricevuto? Non capisco perché il prezzo è così alto",
    "Portuguese": "Você pode verificar a fatura que eu recebi da sua empresa? Não entendo o valor que está nela",
    "Dutch": "Kunt u de factuur controleren die ik van uw bedrijf heb ontvangen? Ik begrijp het bedrag niet",
    "Polish": "Czy możesz sprawdzić fakturę? Nie rozumiem, co to jest i dlaczego się tak stało",
    "Swedish": "Kan du kontrollera fakturan som jag har fått från er? Jag förstår inte vad det är för belopp",
    "Turkish": "Bu fatura ile ilgili bir sorun var mı, çok yüksek ve ben neden olduğunu anlamadım",
    "Russian": "Пожалуйста, проверьте счёт, который я получил",
    "Ukrainian": "Будь ласка, перевірте рахунок, який я отримав",
    "Chinese": "请帮我检查一下我收到的发票，谢谢",
    "Japanese": "受け取った請求書を確認していただけますか",
    "Korean": "받은 청구서를 확인해 주시겠어요",
    "Arabic": "هل يمكنك التحقق من الفاتورة التي تلقيتها",
    "Hebrew": "האם תוכל לבדוק את החשבונית שקיבלתי",
    "Hindi": "क्या आप मेरे द्वारा प्राप्त चालान की जांच कर सकते हैं",
    "Thai": "คุณช่วยตรวจสอบใบแจ้งหนี้ที่ฉันได้รับได้ไหม",
    "Greek": "Μπορείτε να ελέγξετε το τιμολόγιο που έλαβα",
}


def lines(found: tuple[Found, ...]) -> list[int]:
    """Lines of the only finding there can be."""
    assert len(found) <= 1
    return [place.line for finding in found for place in finding.places]


def in_other_prompts(prompts: list[str]) -> list[int]:
    """Lines with an inconsistent system prompt."""
    gathered = SystemPrompts()
    for line, prompt in enumerate(prompts, 1):
        gathered.add(example(line, f"p {line}", "a", prompt))
    return lines(gathered.found())


USUAL = "You are a helpful support assistant."


@pytest.mark.parametrize(
    "other",
    [
        "You are a helpful support assistant",
        "you are a helpful support assistant.",
        "You are a  helpful support-assistant.",
        "You are a helpfull support assistant.",
        "You are a very helpful support assistant.",
        "You are helpful support assistant.",
        "",
    ],
)
def test_a_slip_in_the_system_prompt_is_listed(other: str) -> None:
    """Punctuation, case, a letter, a word more or less, or no prompt at all."""
    assert in_other_prompts([USUAL] * 30 + [other] + [USUAL]) == [31]


@pytest.mark.parametrize(
    "other",
    [
        "You are a concise sales assistant. Answer politely.",
        "Translate to German.",
        "You are a helpful coding assistant.",
    ],
)
def test_another_system_prompt_is_no_slip(other: str) -> None:
    """Another task may have another prompt, however rare."""
    assert in_other_prompts([USUAL] * 30 + [other]) == []


def test_prompts_made_for_each_row_are_left_alone() -> None:
    """Dates and names in a template, or prompts in half the rows only."""
    assert in_other_prompts([f"You are a helpful assistant. Today is day {line}." for line in range(100)]) == []
    assert in_other_prompts([USUAL, ""] * 30) == []


def in_other_formats(answers: list[str]) -> list[int]:
    """Lines with an inconsistent output format."""
    gathered = OutputFormats()
    for line, answer in enumerate(answers, 1):
        gathered.add(example(line, f"p {line}", answer))
    return lines(gathered.found())


def test_json_that_does_not_parse_or_has_other_keys_is_listed() -> None:
    """Also prose, a code fence, and a list among objects."""
    usual = [json.dumps({"name": "x", "age": age}) for age in range(40)]
    odd = ['{"name": "x", "age": 1', '{"name": "x"}', "Here it is: 5", '```json\n{"name": "x", "age": 1}\n```', "[1]"]
    assert in_other_formats(usual) == []
    assert in_other_formats(usual + odd) == [41, 42, 43, 44, 45]


def test_free_keys_and_prose_that_begins_with_a_bracket_are_left_alone() -> None:
    """Where keys differ by row, and where texts are no JSON at all."""
    assert in_other_formats([json.dumps({f"key {row}": 1}) for row in range(40)]) == []
    assert in_other_formats(["[Note] this is prose"] * 40) == []
    assert in_other_formats(["plain prose"] * 20 + ['{"a": 1}'] * 20) == []


def test_markdown_counts_only_against_a_strong_habit() -> None:
    """Two plain answers among two hundred in Markdown are listed, twenty are not."""
    random = Random(1)
    markdown = [f"# Title\n\n- {ticket(random, 'login', 60)}" for _ in range(200)]
    plain = [ticket(random, "login", 60) for _ in range(20)]
    assert in_other_formats([*markdown, *plain[:2]]) == [201, 202]
    assert in_other_formats([*markdown, *plain]) == []


def boilerplate(answers: list[str]) -> list[int]:
    """Lines with boilerplate."""
    gathered = Boilerplate(PHRASES)
    for line, answer in enumerate(answers, 1):
        gathered.add(example(line, f"p {line}", answer))
    return lines(gathered.found())


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that request.",
        "I’m sorry, but I cannot do that.",
        "As an AI language model, I have no opinion.",
        "Dear [Your Name], thank you.",
        "TODO",
        "It is 5. I hope this helps!",
        "Es tut mir leid, aber ich kann dabei nicht helfen.",
    ],
)
def test_refusals_and_fillers_are_boilerplate(answer: str) -> None:
    """In several languages and with curly quotes."""
    assert boilerplate(["A good answer.", answer]) == [2]


@pytest.mark.parametrize(
    "answer",
    ["I'm sorry to hear that. Please send it back.", "You cannot cancel after noon.", "none", "N/A", "This helps."],
)
def test_kind_words_and_labels_are_no_boilerplate(answer: str) -> None:
    """An apology that goes on to help, a rule, a label."""
    assert boilerplate(["A good answer.", answer]) == []


def test_sentences_over_and_over_are_boilerplate() -> None:
    """The same opening in a tenth of the answers, the same whole answer, but not the same row twice over."""
    random = Random(2)
    texts = [f"{ticket(random, 'login', 12)} {ticket(random, 'refund', 12)}" for _ in range(100)]
    opening = "Thank you very much for reaching out to us today."
    assert boilerplate([f"{opening} {text}" if row < 12 else text for row, text in enumerate(texts)]) == list(
        range(1, 13)
    )
    canned = "Please visit our help pages for more about this."
    assert boilerplate([canned] * 12 + texts) == list(range(1, 13))
    gathered = Boilerplate(PHRASES)
    for line in range(1, 50):
        gathered.add(example(line, "the very same prompt", canned))
    assert gathered.found() == ()


def test_a_phrase_that_would_match_nothing_or_everything_is_refused() -> None:
    """Upper case never matches, two letters nearly always."""
    for text in ("As An AI", "ok", "it’s wrong here"):
        document = read(f"phrases: [{{what: w, where: end, texts: ['{text}'], source: [M-P3]}}]", "b.yaml")
        with pytest.raises(RuleBookError, match=r"b\.yaml:1"):
            read_phrases(document)


@pytest.mark.parametrize("language", SENTENCES)
def test_languages_are_told_from_one_sentence(language: str) -> None:
    """By script, or by function words."""
    assert language_of(SENTENCES[language]) == language


@pytest.mark.parametrize(
    "text", ["", "ok", "billing", "12:30 4711", "ka lo ti mu de san ve koro bilu tano mika", "def f(a): return a"]
)
def test_no_language_is_better_than_a_wrong_one(text: str) -> None:
    """Labels, numbers, code and made-up words."""
    assert language_of(text) == ""


def mixed(rows: list[tuple[str, str]]) -> list[int]:
    """Lines in another language than the rest."""
    gathered = Languages()
    for line, (prompt, answer) in enumerate(rows, 1):
        gathered.add(Example(line, "", prompt, answer, (prompt, answer), {}))
    return lines(gathered.found())


def test_rows_in_another_language_are_listed() -> None:
    """Both sides, or the answer only; a label has no language."""
    english, german = SENTENCES["English"], SENTENCES["German"]
    rows = [(english, english)] * 40 + [(german, german), (english, german), (german, "billing"), (english, "billing")]
    assert mixed(rows) == [41, 42, 43]


def test_translations_and_multilingual_files_are_left_alone() -> None:
    """Where answers are in another language by design, and where there is no main language."""
    assert mixed([(SENTENCES["English"], SENTENCES["German"])] * 40) == []
    assert mixed([(SENTENCES[language],) * 2 for language in ("English", "German", "French", "Dutch")] * 10) == []
