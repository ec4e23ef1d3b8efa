"""Where the pages of quality stand (数据质量页面)."""

from django.urls import path

from minzheng.web.desk.quality.views import batch, disputes, overview, report, rows, tickets

app_name = "quality"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("rows/", rows.rows, name="rows"),
    path("batches/<uuid:batch_id>/", batch.batch, name="batch"),
    path("batches/<uuid:batch_id>/summary/", batch.summary, name="batch_summary"),
    path("batches/<uuid:batch_id>/ticket/", tickets.open_ticket, name="open_ticket"),
    path("tickets/", tickets.tickets, name="tickets"),
    path("tickets/<int:ticket_id>/", tickets.ticket, name="ticket"),
    path("tickets/<int:ticket_id>/send/", tickets.send, name="send"),
    path("tickets/<int:ticket_id>/answer/", tickets.answer, name="answer"),
    path("tickets/<int:ticket_id>/close/", tickets.close, name="close"),
    path("tickets/<int:ticket_id>/rows.csv", tickets.download, name="download"),
    path("tickets/<int:ticket_id>/verdict/", disputes.answer, name="dispute_answer"),
    path("disputes/new/<uuid:person_id>/", disputes.new, name="dispute_new"),
    path("report/", report.report, name="report"),
    path("report.csv", report.report_csv, name="report_csv"),
]
