"""Finds identifiers in notes that are mostly written in English: the forms of 45 CFR 164.514(b)(2)(i).

Tried on such texts only, beside the rules for Chinese ones, which find numbers, e-mail and Latin names in known lists
in any text. Dates in English are found in `english_dates`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from medcd_platform.deid.rules.family import Families, Family
from medcd_platform.deid.rules.scan import Scanned
from medcd_platform.deid.span import Span

LAYER = "english"
# UTF-8 bytes per character: Chinese ones take three, so that a text below this is mostly Latin.
_LATIN_BYTES = 1.4
_WORDS = re.compile(r"[A-Za-z]{3,}\W.*?[A-Za-z]{2,}", re.DOTALL)

_WORD = r"[A-Z][a-zà-öø-ÿ]*(?:['’-][A-Z]?[a-zà-öø-ÿ]+)*(?:[A-Z][a-z]+)?(?![A-Za-z])"
_INITIAL = r"[A-Z]\.?"
_NAME = rf"{_WORD}(?:,?[ ]+(?:{_INITIAL}[ ]+)?(?:(?:de|van|von|der|den|la|bin|al|St\.)[ ]+)*{_WORD}){{0,3}}"
_CAPITALS = r"[A-Z][A-Z'’-]+(?:,?[ ]+[A-Z][A-Z'’-]*\.?){1,3}"
_CREDENTIALS = (
    r"(?:M\.?D\.?|D\.?O\.?|R\.?N\.?|N\.?P\.?|P\.?A\.?(?:-C)?|Ph\.?D\.?|PharmD|DDS|DPM|LPN|LVN|CNA|CRNA|MSW|LCSW|PT"
    r"|OT|SLP"
    r"|FACS|FACP|MBBS|BSN|MSN|APRN|ARNP|RRT|Esq)"
)
# Capitalised words that open sentences, head sections or belong to terms, and are no part of a name.
_NO_NAME_WORDS = """
    The A An This That These Those He She It They We I You His Her Their Our My Your Patient Patients Pt Admission
    Discharge History Physical Exam Examination Assessment Plan Impression Findings Chief Complaint Date Time Service
    Unit Room Bed Floor Ward Hospital Clinic Center Emergency Department Medicine Surgery Cardiology Neurology Oncology
    Radiology Pathology Psychiatry Pediatrics Orthopedics Urology Nephrology Pulmonary Critical Care Intensive Primary
    Attending Resident Fellow Intern Nurse Physician Doctor Surgeon Consult Consultation Follow Up Please Call Called
    Contact Phone Fax Pager Address Telephone Email Fellowship Office Signed Dictated Electronically Reviewed Name Names
    Sex Male Female Age Race Religion Allergies Medications Medication Social Family Past Review Systems Vital Signs
    Labs Laboratory Imaging CT MRI EKG ECG Echo Ultrasound Chest Abdomen Head Neck Extremities Heart Lungs Skin
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September
    October November December No None Not Unknown Yes Sample If In On At By With From To For Of And Or But As Is Was
    Were Has Had Will Would Should Could Can May Then Also However After Before During When While Who Which Where What
    How
    Mother Father Sister Brother Son Daughter Wife Husband Spouse Parents Mr Mrs Ms Dr Prof Miss Disease Syndrome Sign
    Test Score Scale Criteria Classification Grade Stage Type Class Status Post Pre Left Right Bilateral Upper Lower
    Discussed Discharged Admitted Seen Signature Title Relationship Relation Guardian Self
"""
# Eponyms and trade names that stand alone in notes.
_TERMS_WORDS = """
    Alzheimer Alzheimer's Parkinson Parkinson's Crohn Crohn's Foley Lewy Barrett Barrett's Glasgow Apgar Doppler Tylenol
    Graves Graves' Addison Addison's Cushing Cushing's Wernicke Babinski Hodgkin Hodgkin's Whipple Kerley Virchow
    Hickman Holter Babinski's Romberg Tinel Phalen Murphy's Homans McBurney Lasix Coumadin Plavix Lipitor Norvasc Zoloft
    Prozac Advil Motrin Aleve Benadryl Zyrtec Claritin Synthroid Ativan Xanax Percocet Vicodin Ambien Neurontin Lovenox
    Medicaid Medicare English Spanish Hispanic Caucasian African American Asian
"""
_ALSO_NAMES = frozenset(("May", "Will", "April", "June", "August"))
_NO_NAME = frozenset((*_NO_NAME_WORDS.split(), *_TERMS_WORDS.split()))
# Behind a name these make it a term: Lewy bodies, Hunt-Hess score, Parkinson's disease, Foley catheter.
_TERM = re.compile(
    r"(?:['’]s)?[ -]+(?:(?:[a-z]+[ -]+)?(?:disease|syndrome|sign|signs|test|score|scale|grade|criteria|classification"
    r"|index|reflex|reflexes|palsy|chorea|bod(?:y|ies)|lymphoma|sarcoma|tumou?r|an[ae]mia|ataxia|ulcer|fracture"
    r"|hernia"
    r"|catheter|tube|drain|stain|procedure|operation|maneuver|manoeuvre|angle|node|nodes|ring|tract|law|stage|staging"
    r"|esophagus|oesophagus|contracture|phenomenon|pneumonia|thyroiditis|arteritis|nephropathy|cells?|line"
    r"|classification"
    r"|equation|formula|protocol|position|retractor|clamp|suture|needle|prosthesis|valve|graft|shunt|splint|brace"
    r"|cast"
    r"|block|approach|incision|technique|repair|bypass|patch|hess|pugh|turcotte|rankin))",
)
_KIN = (
    r"(?:wife|husband|spouse|mother|father|mom|dad|sister|brother|son|daughter|aunt|uncle|niece|nephew|cousin"
    r"|grandson"
    r"|granddaughter|grandmother|grandfather|partner|girlfriend|boyfriend|fianc[ée]e?|friend|neighbou?r|roommate"
    r"|caregiver"
    r"|guardian|son-in-law|daughter-in-law|stepson|stepdaughter|HCP|proxy|nurse|social worker|case manager"
    r"|interpreter)"
)
# Given names, frequent ones in the United States (general knowledge; the list is short and not complete).
_GIVEN_WORDS = """
    James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel Matthew Anthony Mark Donald
    Steven Paul Andrew Joshua Kenneth Kevin Brian George Timothy Ronald Edward Jason Jeffrey Ryan Jacob Gary Nicholas
    Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis
    Jerry Tyler Aaron Jose Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Christian Keith Roger
    Terry Austin Sean Gerald Carl Harold Dylan Arthur Lawrence Jordan Jesse Bryan Billy Bruce Gabriel Joe Logan Alan
    Juan Albert Willie Elijah Wayne Randy Vincent Mason Roy Ralph Bobby Russell Bradley Philip Eugene Carlos Luis
    Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley
    Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Laura Helen Sharon Cynthia Kathleen Amy
    Angela Shirley Brenda Emma Anna Pamela Nicole Samantha Katherine Christine Debra Rachel Carolyn Janet Maria
    Olivia Heather Diane Catherine Julie Victoria Joyce Lauren Kelly Christina Ruth Joan Virginia Judith Evelyn Hannah
    Andrea Megan Cheryl Jacqueline Madison Teresa Abigail Sophia Martha Sara Gloria Janice Kathryn Ann Isabella Judy
    Charlotte Julia Grace Amber Alice Jean Denise Frances Danielle Marilyn Natalie Beverly Diana Brittany Theresa Kayla
    Alexis Doris Lori Tiffany Rosa Edith Ethel Bernice Mildred Eleanor Agnes Gertrude Stanley Leonard Howard Ernest Fred
    Francisco Miguel Pedro Ana Carmen Mohammed Ahmed Fatima Wei Ming Hiroshi Vladimir Sergei Olga Ivan Dmitri Priya
"""
_GIVEN = "(?:" + "|".join(_GIVEN_WORDS.split()) + ")"

_TITLED = re.compile(
    rf"\b(?:Dr|Drs|Mr|Mrs|Ms|Miss|Mx|Prof|Professor|Doctor|Nurse|Rev|Fr|Sr|Sgt|Officer|Judge)\b\.?[ ]+(?P<x>{_NAME}"
    rf"|{_CAPITALS})"
)
_FIELD = re.compile(
    r"\b(?i:patient(?:[ ]name)?|pt(?:[ ]name)?|name|attending(?:[ ]physician)?|pcp|primary[ ]care[ ](?:physician"
    r"|provider)"
    r"|referring[ ](?:physician|provider|md)|ordering[ ](?:physician|provider)|surgeon|assistant|anesthesiologist"
    r"|author"
    r"|dictated[ ]by|transcribed[ ]by|(?:electronically[ ])?signed(?:[ ]by)?|reviewed[ ]by|verified[ ]by"
    r"|performed[ ]by"
    r"|reported[ ]by|provider|physician|radiologist|pathologist|next[ ]of[ ]kin|emergency[ ]contact"
    r"|health[ ]care[ ]proxy"
    rf"|guarantor|interpreter|witness|informant|cc|{_KIN})[ ]*(?:[(][^)\n]{{1,20}}[)][ ]*)?[:#][ ]*(?P<x>{_NAME}"
    rf"|{_CAPITALS})"
)
_SIGNED = re.compile(rf"(?:[Ss]igned|[Dd]ictated|[Rr]eviewed|[Vv]erified)[ ]by[ ]+(?P<x>{_NAME}|{_CAPITALS})")
_CREDENTIALED = re.compile(rf"(?P<x>{_NAME}|{_CAPITALS}),?[ ]+{_CREDENTIALS}(?![A-Za-z])")
_RELATIVE = re.compile(
    rf"\b(?i:{_KIN}|pt|patient|child|infant|baby|roommate|adjuster|rabbi|pastor|chaplain|attorney|officer|resident"
    rf"|fellow|intern|attending|surgeon|consultant|RN|LPN|CNA|CNM|NP|PA|HO|MSW|RT)[ ]*(?:[(][^)\n]{{1,20}}[)])?,?[ ]+"
    rf"(?:named[ ])?(?P<x>{_NAME}|{_CAPITALS})"
)
# At a line's end or beginning, beside a slash or a colon: LEE, JUNE / Pt: Marcus Fairley.
_HEADED = re.compile(rf"^[ ]*(?P<x>[A-Z][A-Z'’-]+,[ ]*[A-Z][A-Z'’ -]+[A-Z]|{_GIVEN}[ ]{_WORD})\b", re.M)
_FULL = re.compile(
    rf"\b(?P<x>{_GIVEN}[ ]+(?:{_INITIAL}[ ]+)?{_WORD}"
    rf"|{_WORD},[ ]+{_GIVEN}(?:[ ]+{_INITIAL})?)(?![a-z])"
)
_GREETED = re.compile(
    rf"(?i:\b(?:hi|hello|hey|thanks|thank you|good morning|good afternoon|bye))[ ]?,?[ ]+(?P<x>(?i:{_GIVEN}))\b"
)
_CAPITAL = re.compile(r"[A-Za-zà-öø-ÿ'’.-]+")


def _name(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    """The name without what only looks like a part of it, and none where it is a term's."""
    begin, end = match.span("x")
    kept = begin
    for word in _CAPITAL.finditer(text, begin, end):
        bare = word[0].rstrip(".")
        if bare in _NO_NAME or bare.upper() in _SHOUTED:
            break
        kept = word.end() if word[0][-1:] != "." or len(bare) == 1 else word.end() - 1
    return (begin, kept) if kept - begin > 1 and not _TERM.match(text, kept) else None


_SHOUTED = frozenset(word.upper() for word in _NO_NAME if len(word) > 2)
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Way|Terrace|Ter|Circle|Cir"
    r"|Highway|Hwy|Parkway|Pkwy|Square|Sq|Trail|Turnpike|Pike)"
)
_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
    r"|W[AIVY]"
    r"|Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    r"|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri"
    r"|Montana|Nebraska|Nevada|New[ ](?:Hampshire|Jersey|Mexico|York)|North[ ](?:Carolina|Dakota)|Ohio|Oklahoma"
    r"|Oregon"
    r"|Pennsylvania|Rhode[ ]Island|South[ ](?:Carolina|Dakota)|Tennessee|Texas|Utah|Vermont|Virginia|Washington"
    r"|West[ ]Virginia|Wisconsin|Wyoming)"
)
_CITY = r"[A-Z][a-z]+(?:[ -][A-Z][a-z]+){0,2}"
_ADDRESS = re.compile(
    rf"\b\d{{1,5}}[A-Z]?[ ]+(?:[NSEW]\.?[ ]+)?(?:[A-Z0-9][A-Za-z0-9'.]*[ ]+){{1,4}}{_STREET}\b\.?"
    rf"(?:,?[ ]+(?:Apt|Apartment|Suite|Ste|Unit|Floor"
    rf"|#)\.?[ ]?#?[A-Za-z0-9-]+)?(?:,?\s+{_CITY})?(?:,?[ ]+{_STATE}\b)?"
    rf"(?:,?[ ]+\d{{5}}(?:-\d{{4}})?\b)?|\bP\.?O\.?[ ]Box[ ]\d+|\b{_CITY},?[ ]{_STATE}[ ]+\d{{5}}(?:-\d{{4}})?\b"
)
_PLACE = re.compile(
    rf"\b(?:lives?|living|lived|resides?|residing|resident|native|born|raised|grew[ ]up|moved|visiting"
    rf"|travel(?:l?ed|ing)?|from|originally)"
    rf"[ ](?:(?:in|of|from|to|at|near|outside)[ ])?(?P<x>{_CITY}(?:,[ ]*{_STATE}\b)?)"
)
_HOSPITAL = re.compile(
    rf"\b(?P<x>(?:(?:St|Mt)\.?[ ]|{_WORD}[ ]|(?:of|the|and|for|&)[ ]){{1,6}}(?:Hospital|Medical[ ]Cent(?:er|re)"
    rf"|Clinic|Health[ ]Cent(?:er|re)"
    r"|Nursing[ ](?:Home|Facility)|Rehabilitation(?:[ ](?:Center|Hospital))?|Rehab|Infirmary|Hospice|Healthcare"
    r"|Health[ ]System|Memorial|Pavilion))\b"
)
_EMPLOYER = re.compile(
    rf"\b(?:(?i:works?|worked|working|employed|employment|job|teaches|studies|student|enrolled"
    rf"|volunteers?)[ ](?:(?:as[ ](?:an?[ ])?[a-z ]{{2,30}}?[ ])?(?:at|for|by|with))[ ](?:the[ ])?"
    rf"(?P<x>{_WORD}(?:[ ](?:{_WORD}|of|and|&)){{0,5}})|(?P<y>(?:{_WORD}[ ]){{1,4}}(?:University|College"
    rf"|High[ ]School|Elementary(?:[ ]School)?|Middle[ ]School"
    r"|Academy|Inc|LLC|Corp|Corporation|Company|Industries|Airlines|Bank|Police[ ]Department"
    r"|Fire[ ]Department)\b\.?))"
)
_GENERIC = re.compile(
    r"(?:The|A|An|This|Our|Your|Outside|Local|Community|General|Regional|University|State|County|City|Day|Acute"
    r"|Inpatient|Outpatient"
    r"|Emergency|Primary|Care|Medical|Surgical|Pain|Wound|Diabetes|Cardiac|Cardiology|Oncology|Cancer|Heart|Women"
    r"|Children|Psychiatric|Mental"
    r"|Behavioral|Veterans|Military|Skilled|Pulmonary|Physical|Home|Health|In|At|To|From|of|the|and|for|&|Follow|Up"
    r"|Anticoagulation|Coumadin"
    r"|Memory|Sleep|Urology|Neurology|Orthopedic|Hospital|Clinic|Center|Infectious|Disease|Renal|Transplant"
    r"|Dialysis|Fertility|Travel|[ .])*"
)


def _institution(text: str, begin: int, end: int, generic_to: int) -> tuple[int, int] | None:
    """An institution's name from its first word that is no article or preposition, if it says which one it is."""
    for word in _CAPITAL.finditer(text, begin, end):
        if word[0] not in ("The", "In", "At", "To", "From", "of", "the", "and", "for", "A", "An", "Our", "Your"):
            begin = word.start()
            break
    return None if _GENERIC.fullmatch(text, begin, max(begin, generic_to)) else (begin, end)


def _hospital(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    # The last word says that it is one (Wound Clinic): those before must say which.
    return _institution(text, *match.span("x"), text.rfind(" ", *match.span("x")))


def _employer(text: str, match: re.Match[str]) -> tuple[int, int] | None:
    begin, end = match.span("x") if match["x"] else match.span("y")
    return _institution(text, begin, end, end)


_PHONE = re.compile(
    r"(?<![\d.])(?:\+?1[-. ])?(?:\(\d{3}\)[ ]?|\d{3}[-. ])\d{3}[-. ]\d{4}(?:[ ,]*(?:x|ext\.?"
    r"|extension)[ ]?\d{1,6})?(?![\d.]\d)"
    r"|\b(?:[Pp]ager|[Bb]eeper|[Ee]xt(?:ension)?|[Pp]hone|[Tt]el(?:ephone)?|[Ff]ax|[Cc]ell)\b\.?[ ]*(?:number|no\.?"
    r"|#)?[ ]*[:#]?[ ]*(?P<x>\d{3}-\d{4}|\d{4,6})\b"
)
_SSN = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_RECORD = re.compile(
    r"\b(?:MRN|[Mm]edical[ ][Rr]ecord|[Aa]ccount|[Aa]cct|[Uu]nit|[Cc]hart|[Aa]ccession|[Vv]isit|[Ee]ncounter"
    r"|[Cc]ase|[Ss]pecimen|[Ss]tudy|[Jj]ob|[Dd]ocument"
    r"|[Cc]onfirmation|[Rr]equisition|[Oo]rder|[Ii]nvoice|NPI|DEA|[Ll]icense|FIN|CSN)\b[ ]*(?:[Nn]umber|[Nn]o\.?|ID"
    r"|#)?[ ]*[:#.]?[ ]*(?P<x>[A-Z]{0,4}-?\d[\dA-Z-]{3,})\b"
)
_POLICY = re.compile(
    r"\b(?:[Pp]olicy|[Mm]ember|[Gg]roup|[Ss]ubscriber|[Ii]nsurance|[Mm]edicare|[Mm]edicaid|[Bb]eneficiary"
    r"|[Pp]lan)\b[ ]*(?:[Nn]umber|[Nn]o\.?|ID|#)+[ ]*[:#.]?[ ]*(?P<x>[A-Z]{0,4}-?\d[\dA-Z-]{3,})\b"
)
_DEVICE = re.compile(
    r"\b(?:[Ss]erial|[Dd]evice|[Mm]odel|[Ll]ot|S/N|SN)\b[ ]*(?:[Nn]umber|[Nn]o\.?|ID"
    r"|#)*[ ]*[:#.]?[ ]*(?P<x>[A-Z]{0,5}-?\d[\dA-Z-]{4,})\b"
)
_BED = re.compile(
    r"\b(?:[Rr]oom|[Rr]m|[Bb]ed)\b\.?[ ]*#?[:]?[ ]*(?P<x>[A-Z]?-?\d{1,4}(?:-?[A-Z0-9]{1,2})?)\b(?![ ]*(?:air|days"
    r"|weeks|%))"
)
_PLATE = re.compile(
    r"\b(?:license plate|plate)\b[ ]*(?:number|no\.?|#)?[ ]*[:#]?[ ]*(?P<x>[A-Z0-9]{2,4}[- ]?[A-Z0-9]{2,4})\b",
    re.IGNORECASE,
)

_FAMILIES = Families(
    Family("name", _TITLED, None, _name),
    Family("name", _FIELD, None, _name),
    Family("name", _SIGNED, None, _name),
    Family("name", _CREDENTIALED, None, _name),
    Family("name", _RELATIVE, None, _name),
    Family("name", _HEADED, None, _name),
    Family("name", _FULL, None, _name),
    Family("name", _GREETED, None),
    Family("address", _ADDRESS, None),
    Family("address", _PLACE, None, _name),
    Family("hospital", _HOSPITAL, None, _hospital),
    Family("employer", _EMPLOYER, None, _employer),
    Family("phone", _PHONE, None),
    Family("id_number", _SSN, None),
    Family("number", _RECORD, None),
    Family("account", _POLICY, None),
    Family("device", _DEVICE, None),
    Family("bed", _BED, None),
    Family("plate", _PLATE, None),
)


def is_term(text: str, start: int, end: int) -> bool:
    """Whether what looks like a name or an institution is none: it ends with an ordinary word, or doesn't say which
    clinic it is.
    """
    last = text[start:end].rsplit(maxsplit=1)[-1].strip(".").capitalize() if text[start:end].strip() else ""
    return (last in _NO_NAME and last not in _ALSO_NAMES) or bool(_GENERIC.fullmatch(text, start, end))


def is_english(text: str) -> bool:
    """Whether a text is of Latin words mostly, which `find` is for."""
    return len(text.encode()) < _LATIN_BYTES * len(text) and bool(_WORDS.search(text))


def find(text: str) -> Iterator[Span]:
    """The spans of all kinds but dates in an English text; they may overlap."""
    parts: set[str] = set()
    for span in _FAMILIES.find(Scanned(text)):
        yield span._replace(layer=LAYER)
        if span.type == "name":
            parts.update(w[0] for w in _CAPITAL.finditer(text, span.start, span.end) if len(w[0]) > 2)
    # A name found once is looked for in the whole text, in each of its parts.
    for part in sorted(parts - _NO_NAME):
        for match in re.finditer(rf"(?<![A-Za-z]){re.escape(part)}(?![A-Za-z])", text):
            if not _TERM.match(text, match.end()) and text[match.end() : match.end() + 1] != "-":
                yield Span(*match.span(), "name", LAYER)
