-- The replay that put a change into use: whoever writes for one says so for its transaction, and what triggers tell of its
-- rows (item.mirrored) bears the same mark. No default: Debezium would take a null one for it.
ALTER TABLE outbox ADD COLUMN replay_id uuid;
CREATE FUNCTION outbox_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.replay_id := current_setting('herofactory.replay_id')::uuid;
    RETURN NEW;
END $$;
CREATE TRIGGER outbox_mark BEFORE INSERT ON outbox FOR EACH ROW
    WHEN (current_setting('herofactory.replay_id', true) <> '') EXECUTE FUNCTION outbox_mark();
