"""The nouns of training: what is taught, asked, shown, and what it gives."""

from apps.training.models.assessments import Assessment, Criterion, Finding, Rubric
from apps.training.models.certificates import (
    Certificate,
    CertificateSuspension,
    LastUse,
    NightEndorsement,
    NightRequest,
    SafetyClearance,
)
from apps.training.models.courses import Course, CourseVersion, ExtraAttempt, TopicShare
from apps.training.models.exams import ExamAttempt, ExamQuestion
from apps.training.models.questions import Question, QuestionUpload, Topic
from apps.training.models.requests import SupervisedUse, TrainingRequest
from apps.training.models.sessions import GuidedSession, TrainingPlace

__all__ = [
    "Assessment",
    "Certificate",
    "CertificateSuspension",
    "Course",
    "CourseVersion",
    "Criterion",
    "ExamAttempt",
    "ExamQuestion",
    "ExtraAttempt",
    "Finding",
    "GuidedSession",
    "LastUse",
    "NightEndorsement",
    "NightRequest",
    "Question",
    "QuestionUpload",
    "Rubric",
    "SafetyClearance",
    "SupervisedUse",
    "Topic",
    "TopicShare",
    "TrainingPlace",
    "TrainingRequest",
]
