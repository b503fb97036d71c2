-- Images. The bytes lie in the asset store under their hash; one file may serve many rows, each with its own owner.
CREATE TABLE assets (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    owner_id    text NOT NULL,
    sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    media_type  text NOT NULL,
    width       integer NOT NULL CHECK (width > 0),
    height      integer NOT NULL CHECK (height > 0),
    bytes       bigint NOT NULL CHECK (bytes > 0),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (owner_id, sha256)
);

CREATE TABLE items (
    id                 uuid PRIMARY KEY,
    external_id        text,
    seller_id          text NOT NULL,
    name               text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    description        text NOT NULL CHECK (char_length(description) <= 5000),
    category           text NOT NULL CHECK (category IN ('weapon', 'armor', 'accessory', 'consumable', 'material',
                                                         'character', 'ui', 'background', 'effect')),
    tags               text[] NOT NULL DEFAULT '{}' CHECK (cardinality(tags) <= 10),
    price              bigint NOT NULL CHECK (price >= 0),
    image_id           uuid REFERENCES assets (id),
    attribution        jsonb,
    status             text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected', 'review')),
    -- what moderation said of content_revision; null while it has not spoken
    auto_tags          text[] NOT NULL DEFAULT '{}' CHECK (cardinality(auto_tags) <= 5),
    verdict            jsonb,
    verdict_event_id   uuid,
    verdict_provider   text,
    -- rises with every change of the row and orders the mirror
    revision           bigint NOT NULL DEFAULT 1,
    -- rises when name, description, category, tags or image change; a verdict is for one content revision
    content_revision   bigint NOT NULL DEFAULT 1,
    -- the content revision that item.created or item.updated has told of
    announced_revision bigint NOT NULL DEFAULT 0,
    popularity         double precision NOT NULL DEFAULT 0,
    created_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (seller_id, external_id)
);
CREATE INDEX items_by_seller ON items (seller_id, id DESC);
CREATE INDEX items_for_review ON items (updated_at, id) WHERE status = 'review';
CREATE INDEX items_unannounced ON items (id) WHERE announced_revision < content_revision;
CREATE INDEX items_by_image ON items (image_id);

-- Events on their way to the log, written in the transaction of the change they tell of. `seq` is drawn while the domain
-- row is locked, so for one key it follows commit order; a relay deletes exactly the rows it has delivered.
CREATE TABLE outbox (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL DEFAULT uuidv7() UNIQUE,
    topic       text NOT NULL,
    key         text NOT NULL,
    payload     bytea,
    event_type  text NOT NULL,
    revision    bigint,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    traceparent text
) WITH (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);

CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_wake AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake();

-- Revisions hold for raw SQL too: whatever an UPDATE says of them is overruled here.
CREATE FUNCTION items_revise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before items%ROWTYPE := OLD;
BEGIN
    IF NEW.id <> OLD.id THEN
        RAISE EXCEPTION 'items.id never changes: the search index would keep the item under its old id. Insert a new row.';
    END IF;
    before.announced_revision := NEW.announced_revision;
    NEW.revision := OLD.revision;
    NEW.content_revision := OLD.content_revision;
    IF NEW IS NOT DISTINCT FROM before THEN
        RETURN NEW;
    END IF;
    NEW.revision := OLD.revision + 1;
    NEW.updated_at := clock_timestamp();
    IF (NEW.name, NEW.description, NEW.category, NEW.tags, NEW.image_id)
       IS DISTINCT FROM (OLD.name, OLD.description, OLD.category, OLD.tags, OLD.image_id) THEN
        NEW.content_revision := OLD.content_revision + 1;
        NEW.status := 'pending';
        NEW.auto_tags := '{}';
        NEW.verdict := NULL;
        NEW.verdict_event_id := NULL;
        NEW.verdict_provider := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER items_revise BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION items_revise();

CREATE FUNCTION iso8601(moment timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

CREATE FUNCTION item_document(item items) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'id', item.id, 'external_id', item.external_id, 'seller_id', item.seller_id,
        'name', item.name, 'description', item.description, 'category', item.category,
        'tags', to_jsonb(item.tags), 'auto_tags', to_jsonb(item.auto_tags), 'price', item.price,
        'image_id', item.image_id, 'attribution', item.attribution, 'status', item.status,
        'revision', item.revision, 'content_revision', item.content_revision, 'popularity', item.popularity,
        'created_at', iso8601(item.created_at), 'updated_at', iso8601(item.updated_at))
$$;

-- The mirror: the search document of an approved row, a tombstone for a row that was approved and is no more.
CREATE FUNCTION items_mirror() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was_listed boolean := TG_OP <> 'INSERT' AND OLD.status = 'approved';
    is_listed  boolean := TG_OP <> 'DELETE' AND NEW.status = 'approved';
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.revision = OLD.revision OR NOT (was_listed OR is_listed) THEN
        RETURN NULL;
    END IF;
    INSERT INTO outbox (topic, key, payload, event_type, revision, traceparent)
    VALUES ('item.mirrored',
            CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END,
            CASE WHEN is_listed THEN convert_to(item_document(NEW)::text, 'UTF8') END,
            'item.mirrored',
            CASE WHEN TG_OP = 'DELETE' THEN OLD.revision + 1 ELSE NEW.revision END,
            nullif(current_setting('herofactory.traceparent', true), ''));
    RETURN NULL;
END $$;
CREATE TRIGGER items_mirror AFTER INSERT OR UPDATE OR DELETE ON items FOR EACH ROW EXECUTE FUNCTION items_mirror();

CREATE FUNCTION items_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE items is refused: no row trigger runs, so the search index would keep what is gone. Use DELETE.';
END $$;
CREATE TRIGGER items_keep BEFORE TRUNCATE ON items FOR EACH STATEMENT EXECUTE FUNCTION items_keep();

-- Moderation: a result is stored under the event that asked for it before anything is told, so a repeat asks nobody again.
CREATE TABLE moderation_results (
    event_id         uuid PRIMARY KEY,
    item_id          uuid NOT NULL,
    content_revision bigint NOT NULL,
    verdict          jsonb NOT NULL,
    decided_at       timestamptz NOT NULL
);
CREATE INDEX moderation_results_by_item ON moderation_results (item_id);
CREATE TABLE moderation_cache (
    key        text PRIMARY KEY,
    verdict    jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE moderation_budget (
    day       date PRIMARY KEY,
    calls     bigint NOT NULL DEFAULT 0,
    micro_usd bigint NOT NULL DEFAULT 0
);

-- The first answer to a request with an Idempotency-Key, written in the transaction of its effect.
CREATE TABLE idempotency_keys (
    subject     text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    status      integer,
    body        jsonb,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subject, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Rate limits, by the generic cell rate algorithm: `tat` is the time (seconds since the epoch) at which the bucket is full again.
CREATE UNLOGGED TABLE rate_limits (key text PRIMARY KEY, tat double precision NOT NULL) WITH (fillfactor = 70);
CREATE FUNCTION take_token(p_key text, p_rate double precision, p_burst double precision) RETURNS double precision
LANGUAGE plpgsql AS $$
DECLARE
    -- clock_timestamp, not now(): a long transaction must not stop the clock
    moment double precision := extract(epoch FROM clock_timestamp());
    step   double precision := 1 / p_rate;
    full_at double precision;
BEGIN
    INSERT INTO rate_limits AS r VALUES (p_key, moment + step)
    ON CONFLICT (key) DO UPDATE SET tat = greatest(r.tat, moment) + step
        WHERE greatest(r.tat, moment) + step - moment <= p_burst * step
    RETURNING tat INTO full_at;
    IF FOUND THEN
        RETURN 0;
    END IF;
    SELECT tat INTO full_at FROM rate_limits WHERE key = p_key;
    RETURN greatest(full_at + step - moment - p_burst * step, step);
END $$;

-- What each part of the platform says of itself; emptied by a crash, which is right.
CREATE UNLOGGED TABLE parts (
    name    text PRIMARY KEY,
    pid     integer NOT NULL,
    state   text NOT NULL,
    detail  jsonb NOT NULL DEFAULT '{}',
    beat_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Imports of whole catalogues: how far each one is, so that an interrupted one is seen and resumed.
CREATE TABLE imports (
    source      text PRIMARY KEY,
    seller_id   text NOT NULL,
    total       integer NOT NULL,
    done        integer NOT NULL DEFAULT 0,
    rejected    integer NOT NULL DEFAULT 0,
    started_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    -- why the last attempt ended before its end; null while one is under way or none failed
    failure     text
);
