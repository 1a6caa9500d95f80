"""What the database itself refuses: a ledger entry that is not balanced, a change of the ledger, an illegal move of an order or a vend."""

from django.db import migrations

from bijoli.core.payment import MOVES, VEND_MOVES


def _pairs(moves):
    return ", ".join(f"('{before}', '{after}')" for before, others in moves.items() for after in sorted(others))


BALANCED = """
CREATE FUNCTION payments_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint := CASE TG_TABLE_NAME WHEN 'payments_entry' THEN NEW.id ELSE (to_jsonb(NEW)->>'entry_id')::bigint END;
  parts bigint; total numeric;
BEGIN
  SELECT count(*), coalesce(sum(paisa), 0) INTO parts, total FROM payments_posting WHERE entry_id = wanted;
  IF parts < 2 OR total <> 0 THEN
    RAISE EXCEPTION 'ledger entry % is not balanced: % postings, sum %', wanted, parts, total USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_balanced AFTER INSERT ON payments_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION payments_entry_balanced();
CREATE CONSTRAINT TRIGGER posting_balanced AFTER INSERT ON payments_posting DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION payments_entry_balanced();
"""
APPEND_ONLY = """
CREATE FUNCTION payments_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON payments_entry FOR EACH ROW EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON payments_posting FOR EACH ROW EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER payment_kept BEFORE DELETE ON payments_payment FOR EACH ROW EXECUTE FUNCTION payments_append_only();
"""
LEGAL = f"""
CREATE FUNCTION payments_legal_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (TG_TABLE_NAME = 'payments_order' AND (OLD.state, NEW.state) NOT IN ({_pairs(MOVES)}))
    OR (TG_TABLE_NAME = 'payments_vend' AND (OLD.state, NEW.state) NOT IN ({_pairs(VEND_MOVES)})) THEN
    RAISE EXCEPTION '% % cannot go from % to %', TG_TABLE_NAME, NEW.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER order_legal BEFORE UPDATE OF state ON payments_order FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION payments_legal_move();
CREATE TRIGGER vend_legal BEFORE UPDATE OF state ON payments_vend FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION payments_legal_move();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.RunSQL(BALANCED, "DROP FUNCTION payments_entry_balanced CASCADE"),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION payments_append_only CASCADE"),
        migrations.RunSQL(LEGAL, "DROP FUNCTION payments_legal_move CASCADE"),
    ]
