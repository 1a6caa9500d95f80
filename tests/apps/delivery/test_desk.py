"""The worker and its desk: what is asked of PostgreSQL in another thread is neither lost nor said twice when PostgreSQL goes away."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from bijoli.delivery.deliver import Deliverer
from bijoli.delivery.models import Delivery
from bijoli.delivery.tell import tell
from tests.households import meter, telling
from tests.processes import wait_until
from tests.pushpeer import Reply

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_answer_that_comes_while_the_database_is_away_is_recorded_and_the_push_not_repeated(sender, peer, owner):
    peer.by_path["first"] = Reply(201, delay_s=0.4)
    stop = threading.Event()
    worker = threading.Thread(target=lambda: (Deliverer(sender).run(stop), connection.close()))
    worker.start()
    try:
        tell([telling(meter(owner))], timezone.now())
        wait_until("the push is on its way", lambda: peer.got, 10, 0.01)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        wait_until("its outcome is recorded", lambda: Delivery.objects.get().status == "sent", 15)
    finally:
        stop.set()
        worker.join(10)
    assert not worker.is_alive()
    assert len(peer.got) == 1
    assert Delivery.objects.get().attempts == 1


def test_what_is_claimed_is_sent_before_the_worker_ends(sender, peer, owner):
    home = meter(owner)
    tell([telling(home, "T1") for _ in range(120)], timezone.now())
    stop = threading.Event()
    worker = threading.Thread(target=lambda: (Deliverer(sender).run(stop), connection.close()))
    worker.start()
    wait_until("it has begun", lambda: peer.got, 10, 0.001)
    stop.set()
    worker.join(20)
    assert not worker.is_alive()
    assert set(Delivery.objects.values_list("status", "leased_until")) == {("sent", None)}
