"""Addresses of the training room. What crosses rooms (my training, a course's own page, planning a session)
is in `portal`.
"""

from django.urls import path

from apps.training.views import (
    assessing,
    bank,
    courses,
    desk,
    exams,
    holders,
    papers,
    question_files,
    sessions,
)

urlpatterns = [
    path("training/desk/", desk.training_desk, name="training_desk"),
    path("training/courses/", courses.course_list, name="course_list"),
    path("training/course/new/", courses.course_new, name="course_new"),
    path("training/courses/<slug:ulid>/terms/", courses.course_terms, name="course_terms"),
    path("training/courses/<slug:ulid>/end/", courses.course_retire, name="course_retire"),
    path("training/courses/<slug:ulid>/attempt/", courses.course_attempt, name="course_attempt"),
    path("training/courses/<slug:ulid>/exam/", exams.exam_start, name="exam_start"),
    path("training/exams/<slug:ulid>/", exams.exam_sit, name="exam_sit"),
    path("training/exams/<slug:ulid>/answers/<int:position>/", exams.exam_answer, name="exam_answer"),
    path("training/exams/<slug:ulid>/hand-in/", exams.exam_submit, name="exam_submit"),
    path("training/exams/<slug:ulid>/result/", exams.exam_result, name="exam_result"),
    path("training/sessions/<slug:ulid>/", sessions.session_detail, name="session_detail"),
    path("training/sessions/<slug:ulid>/join/", sessions.session_join, name="session_join"),
    path("training/sessions/<slug:ulid>/leave/", sessions.session_leave, name="session_leave"),
    path("training/sessions/<slug:ulid>/attendance/", sessions.session_attendance, name="session_attendance"),
    path("training/sessions/<slug:ulid>/seats/", sessions.session_capacity, name="session_capacity"),
    path("training/sessions/<slug:ulid>/cancel/", sessions.session_cancel, name="session_cancel"),
    path(
        "training/requests/<slug:ulid>/assess/<slug:asset_no>/",
        assessing.request_assess,
        name="request_assess",
    ),
    path("training/rubrics/<slug:asset_no>/", assessing.rubric_edit, name="rubric_edit"),
    path("training/certificates/", holders.holder_list, name="holder_list"),
    path("training/certificates/export/", holders.holder_export, name="holder_export"),
    path("training/certificates/<slug:ulid>/paper/", papers.certificate_paper, name="certificate_paper"),
    path("training/certificates/<slug:ulid>/<slug:verb>/", holders.certificate_act, name="certificate_act"),
    path("training/questions/", bank.question_list, name="question_list"),
    path("training/questions/new/", bank.question_new, name="question_new"),
    path("training/questions/export/", bank.question_export, name="question_export"),
    path("training/questions/import/", question_files.question_import, name="question_import"),
    path("training/questions/import/<slug:ulid>/", question_files.question_load, name="question_load"),
    path("training/questions/template/", question_files.question_template, name="question_template"),
    path("training/questions/<slug:ulid>/", bank.question_edit, name="question_edit"),
    path("training/questions/<slug:ulid>/end/", bank.question_retire, name="question_retire"),
    path("training/topics/new/", bank.topic_new, name="topic_new"),
]
