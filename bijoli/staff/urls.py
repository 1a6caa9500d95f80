"""The staff's addresses: one site, with every desk on it."""

from bijoli.staff.desks import register
from bijoli.staff.site import site

register()
urlpatterns = site.get_urls()
app_name = "admin"
