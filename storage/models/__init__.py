"""All tables, in one place to import from."""

from storage.models.after import Feedback, Inquiry, Notice
from storage.models.agencies import ApiAnswer, ApiToken, ReferralFile
from storage.models.base import Base
from storage.models.cases import Event, Referral, SafeContact, Ticket, TicketCounter, TicketNeed, Visit
from storage.models.catalogue import CatalogueDraft, CatalogueVersion
from storage.models.clocks import Clock
from storage.models.groups import GroupPost, LinkCode, OfficerAccount, UnitGroup
from storage.models.letters import Letter, LetterCounter
from storage.models.mail import InboundFile, InboundMail
from storage.models.people import Household, Person, ProgrammeMembership, Region, RegistryImport, RegistryRecord
from storage.models.queue import Delivery, DeliveryArchive, DeliveryLane
from storage.models.rights import DataRequest
from storage.models.staff import Audit, Fact, LoginAttempt, Officer, OfficerSession
from storage.models.talk import (
    Attachment,
    Consent,
    Conversation,
    FormLink,
    IdentityAttempt,
    InboundUpdate,
    Message,
    SafetyAttempt,
)

__all__ = [
    "ApiAnswer",
    "ApiToken",
    "Attachment",
    "Audit",
    "Base",
    "CatalogueDraft",
    "CatalogueVersion",
    "Clock",
    "Consent",
    "Conversation",
    "DataRequest",
    "Delivery",
    "DeliveryArchive",
    "DeliveryLane",
    "Event",
    "Fact",
    "Feedback",
    "FormLink",
    "GroupPost",
    "Household",
    "IdentityAttempt",
    "InboundFile",
    "InboundMail",
    "InboundUpdate",
    "Inquiry",
    "Letter",
    "LetterCounter",
    "LinkCode",
    "LoginAttempt",
    "Message",
    "Notice",
    "Officer",
    "OfficerAccount",
    "OfficerSession",
    "Person",
    "ProgrammeMembership",
    "Referral",
    "ReferralFile",
    "Region",
    "RegistryImport",
    "RegistryRecord",
    "SafeContact",
    "SafetyAttempt",
    "Ticket",
    "TicketCounter",
    "TicketNeed",
    "UnitGroup",
    "Visit",
]
