"""All tables, in one place to import from."""

from storage.models.after import Feedback, Inquiry, Notice
from storage.models.base import Base
from storage.models.cases import Event, Referral, SafeContact, Ticket, TicketCounter, TicketNeed, Visit
from storage.models.catalogue import CatalogueDraft, CatalogueVersion
from storage.models.clocks import Clock
from storage.models.letters import Letter, LetterCounter
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
    "Household",
    "IdentityAttempt",
    "InboundUpdate",
    "Inquiry",
    "Letter",
    "LetterCounter",
    "LoginAttempt",
    "Message",
    "Notice",
    "Officer",
    "OfficerSession",
    "Person",
    "ProgrammeMembership",
    "Referral",
    "Region",
    "RegistryImport",
    "RegistryRecord",
    "SafeContact",
    "SafetyAttempt",
    "Ticket",
    "TicketCounter",
    "TicketNeed",
    "Visit",
]
