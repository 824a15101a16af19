"""Names in free text by their first name: a common one that is no word and no place, before a surname."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from advisor.dataset.plain_text import Span

# Common first names of many countries, from memory, in lower case. Left out are those that are also words, months or
# places (Mark, April, Grace, Paris, Victoria, Jordan, Austin, ...): a name missed does less harm than a wrong one.
FIRST_NAMES: Final = frozenset(
    (
        "james john robert michael david william richard joseph thomas christopher daniel matthew anthony "
        "donald steven andrew kenneth joshua kevin brian timothy ronald edward jason jeffrey ryan jacob "
        "nicholas gary eric jonathan stephen larry justin scott brandon benjamin samuel gregory alexander "
        "raymond patrick dennis jerry tyler aaron jose adam nathan zachary kyle walter harold jeremy ethan "
        "keith roger noah terry sean gerald carl albert arthur lawrence dylan jesse bryan ralph philip "
        "russell vincent liam oliver elijah lucas aiden caleb henry owen connor luke gabriel isaac julian leo "
        "theo oscar hugo felix louis simon martin paul peter george charles alan allan colin graham ian neil "
        "stuart duncan gareth nigel trevor ewan callum finn mary patricia jennifer linda elizabeth barbara "
        "susan jessica sarah karen lisa nancy betty margaret sandra ashley kimberly emily donna michelle "
        "carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen amy angela "
        "shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet "
        "catherine maria heather diane ruth julie olivia joyce kelly lauren christina joan evelyn judith "
        "megan andrea cheryl hannah jacqueline martha gloria teresa ann sara kathryn janice jean alice "
        "abigail sophia judy isabella denise danielle theresa diana brittany natalie charlene marie chloe zoe "
        "lucy ellie isla freya ava mia amelia harriet beatrice eleanor imogen fiona siobhan aoife niamh hans "
        "klaus jürgen jurgen wolfgang günter gunter helmut dieter manfred uwe bernd stefan matthias jens "
        "torsten sven lukas jonas maximilian tobias florian ursula ingrid renate monika petra sabine gisela "
        "heike birgit annette katrin anja silke greta lena leonie johanna franziska friedrich heinrich pierre "
        "michel philippe alain jacques françois francois bernard thierry olivier nicolas guillaume mathieu "
        "laurent sébastien sebastien camille chantal brigitte isabelle nathalie sylvie céline celine amélie "
        "élodie elodie aurélie aurelie margaux manon léa antonio francisco manuel pedro javier jesús miguel "
        "alejandro carlos rafael fernando luis sergio pablo jorge alberto álvaro alvaro diego andrés andres "
        "mateo santiago joaquín joaquin rodrigo gonzalo ricardo eduardo carmen dolores pilar josefa francisca "
        "antonia cristina mercedes lucía lucia rocío beatriz raquel guadalupe alejandra valentina camila "
        "gabriela mariana ximena juan giuseppe giovanni mario luigi roberto salvatore marco paolo giulia "
        "francesca chiara federica alessandro alessandra matteo lorenzo davide simone giorgio stefano joão "
        "joao paulo tiago thiago inês ines rui nuno vasco pieter jeroen willem maarten joost bram daan sanne "
        "lotte femke anouk lars anders erik nils björn bjorn johan magnus fredrik mikael henrik søren soren "
        "kirsten astrid sigrid solveig linnea elin annika maja piotr krzysztof andrzej tomasz paweł pawel jan "
        "michał michal marcin grzegorz agnieszka katarzyna małgorzata malgorzata joanna ewa zofia wojciech "
        "ivan dmitri dmitry sergei sergey alexei aleksei mikhail nikolai vladimir andrei boris igor yuri olga "
        "natalia tatiana svetlana irina ekaterina anastasia elena ludmila marina galina mohammed muhammad "
        "mohamed ahmed ahmad ali hassan hussein omar khalid yusuf ibrahim abdullah fatima aisha khadija "
        "zainab maryam layla leila nour yasmin samira karim tariq rashid mustafa mehmet emre ayşe ayse elif "
        "zeynep fatma murat raj rajesh amit sanjay vijay anil sunil ravi suresh ramesh arjun rahul rohit "
        "vikram deepak priya anjali pooja neha kavita sunita lakshmi divya aditi sneha meera anand ashok "
        "krishna wei ming jing xin yan hui fang xiaoming xiaoyu haoran yichen hiroshi takashi kenji yuki "
        "satoshi akira haruto yuto sakura yoko keiko akiko haruka naoko mei ayumi minjun jihoon seoyeon jiwoo "
        "hyunwoo minho jiyoung nguyen linh thanh minh tuan huong kwame kofi kwasi ama abena chidi chinedu "
        "emeka ngozi adaeze oluwaseun tunde amina zanele thabo sipho nomsa wanjiru kamau otieno akinyi"
    ).split()
)
# What follows a first name without being a surname: places and bodies named after people, and words that begin a
# sentence or a title.
_NO_SURNAMES: Final = frozenset(
    (
        "street st road rd avenue ave boulevard lane drive square park bridge river lake island beach bay "
        "hill hills mountain mountains valley county city town village airport station university college "
        "school hospital clinic church cathedral institute foundation museum library theatre theater stadium "
        "award awards prize medal effect law theorem algorithm test syndrome disease inc llc ltd gmbh corp "
        "company co group bank insurance hotel restaurant center centre house hall day january february march "
        "april may june july august september october november december jan feb mar apr jun jul aug sep sept "
        "oct nov dec monday tuesday wednesday thursday friday saturday sunday the a an and or but if when "
        "while van de this that these those he she it they we you i is was are were has had will would can "
        "could should might did does do not no yes please thanks thank then there here what who where why how "
        "which from to in on at for with by of as said says asked called wrote sent english german french "
        "spanish italian russian chinese"
    ).split()
)
_SMALL: Final = "a-zß-öø-ÿąćęłńóśźżčďěňřšťůž"
_SURNAME: Final = rf"(?:O['’]|Mc|Mac)?[A-ZÀ-ÖØ-Þ][{_SMALL}]+(?:[-’'][A-Z]?[{_SMALL}]+)*"
_PARTICLES: Final = "(?:(?:van|von|de|der|den|del|della|da|di|dos|du|bin|al|el) ){0,2}"
_FULL: Final = re.compile(rf"\b(?P<first>[A-ZÀ-ÖØ-Þ][\w’'-]+) (?:[A-Z]\. )?{_PARTICLES}(?P<last>{_SURNAME})(?![\w])")


def find_full_names(text: str, first_names: Collection[str]) -> Iterator[Span]:
    """Full names in `text` that begin with one of `first_names`, those of FIRST_NAMES that stand in it."""
    match = _FULL.search(text)
    while match:
        last = match["last"].removesuffix("'s").removesuffix("’s")
        first = match["first"].lower().partition("-")[0]
        taken = first in first_names and len(last) > 1 and last.lower() not in _NO_SURNAMES
        if taken:
            yield Span(match.start(), match.end() - (len(match["last"]) - len(last)))
        match = _FULL.search(text, match.end() if taken else match.end("first"))
