"""All steps by name."""

from __future__ import annotations

from bot.conversation.steps.after import PHOTO, RATE_WORDS, REPLY, WHY
from bot.conversation.steps.agrees import AGREES
from bot.conversation.steps.code import CODE
from bot.conversation.steps.contact import CONTACT
from bot.conversation.steps.identity import IDENTITY, KK, NAME, NIK, WHICH_NUMBER
from bot.conversation.steps.idle import CANCEL, IDLE, OFFER, RESTART, WHICH_TICKET
from bot.conversation.steps.mydata import MYDATA, MYDATA_ERASE, MYDATA_WITHDRAW
from bot.conversation.steps.needs import GROUP, GROUPS, NEEDS
from bot.conversation.steps.officer import OFFICER
from bot.conversation.steps.place import CITY, PLACE
from bot.conversation.steps.question import QUESTION
from bot.conversation.steps.rules import StepRules
from bot.conversation.steps.story import STORY
from bot.conversation.steps.summary import EDIT, SUMMARY
from bot.conversation.steps.tell import TELL

STEPS: dict[str, StepRules] = {
    "idle": IDLE,
    "which_ticket": WHICH_TICKET,
    "offer": OFFER,
    "needs": NEEDS,
    "tell": TELL,
    "groups": GROUPS,
    "group": GROUP,
    "story": STORY,
    "question": QUESTION,
    "agrees": AGREES,
    "identity": IDENTITY,
    "mydata": MYDATA,
    "mydata_withdraw": MYDATA_WITHDRAW,
    "mydata_erase": MYDATA_ERASE,
    "which_number": WHICH_NUMBER,
    "nik": NIK,
    "name": NAME,
    "kk": KK,
    "contact": CONTACT,
    "place": PLACE,
    "city": CITY,
    "summary": SUMMARY,
    "edit": EDIT,
    "officer": OFFICER,
    "code": CODE,
    "cancel": CANCEL,
    "restart": RESTART,
    "why": WHY,
    "rate_words": RATE_WORDS,
    "photo": PHOTO,
    "reply": REPLY,
}
