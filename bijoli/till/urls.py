"""Addresses for machines of money."""

from django.urls import path

from bijoli.till import biller, bills, notices

app_name = "till"
urlpatterns = [
    path("notice/<slug:name>/", notices.notice, name="notice"),
    path("bills", bills.bills, name="bills"),
    path("biller/query", biller.query, name="biller_query"),
    path("biller/pay", biller.pay, name="biller_pay"),
]
