-- Logins. Each is a family of refresh tokens, of which only the newest is good; only hashes are kept.
CREATE TABLE token_families (
    id         uuid PRIMARY KEY,
    subject    text NOT NULL,
    digest     bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX token_families_by_end ON token_families (expires_at);
-- Remembered as long as their family lives, however old they are: whoever shows one of these has it from somebody else,
-- or somebody else has it from them.
CREATE TABLE taken_tokens (
    family uuid REFERENCES token_families ON DELETE CASCADE,
    digest bytea,
    PRIMARY KEY (family, digest)
);
-- Families and single access tokens (by their jti) that ended before their time; kept until every access token of
-- theirs has expired.
CREATE TABLE revocations (
    id         uuid PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX revocations_by_end ON revocations (expires_at);

CREATE FUNCTION revoke_tokens(p_id uuid, p_keep_s double precision) RETURNS void LANGUAGE sql AS $$
    DELETE FROM token_families WHERE id = p_id;
    INSERT INTO revocations AS r VALUES (p_id, clock_timestamp() + make_interval(secs => p_keep_s))
    ON CONFLICT (id) DO UPDATE SET expires_at = greatest(r.expires_at, excluded.expires_at);
$$;

-- The row lock puts requests with the same token in order: the first exchanges it, the second finds it taken.
CREATE FUNCTION rotate_token(p_family uuid, p_old bytea, p_new bytea, p_ttl_s double precision, p_keep_s double precision,
                             OUT outcome text, OUT subject text) LANGUAGE plpgsql AS $$
DECLARE
    login token_families%ROWTYPE;
BEGIN
    SELECT * INTO login FROM token_families f WHERE f.id = p_family FOR UPDATE;
    IF NOT FOUND OR login.expires_at <= clock_timestamp() THEN
        outcome := 'unknown';
    ELSIF login.digest = p_old THEN
        INSERT INTO taken_tokens VALUES (p_family, p_old);
        UPDATE token_families SET digest = p_new, expires_at = clock_timestamp() + make_interval(secs => p_ttl_s)
        WHERE id = p_family;
        outcome := 'rotated';
        subject := login.subject;
    ELSIF EXISTS (SELECT FROM taken_tokens t WHERE t.family = p_family AND t.digest = p_old) THEN
        PERFORM revoke_tokens(p_family, p_keep_s);
        outcome := 'reused';
    ELSE
        outcome := 'unknown';
    END IF;
END $$;

CREATE UNLOGGED TABLE result_cache (
    digest     bytea PRIMARY KEY,
    value      bytea NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX result_cache_by_end ON result_cache (expires_at);

-- The latest of each channel. `number` rises within a channel, also when a crash emptied the table. No index on
-- `expires_at`: updates stay within their page, and the table is small.
CREATE UNLOGGED TABLE progress (
    channel    text PRIMARY KEY,
    number     bigint NOT NULL,
    value      text NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE FUNCTION publish_progress(p_channel text, p_value text, p_keep_s double precision) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    next_number bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
BEGIN
    INSERT INTO progress AS p VALUES (p_channel, next_number, p_value, clock_timestamp() + make_interval(secs => p_keep_s))
    ON CONFLICT (channel) DO UPDATE
        SET number = greatest(p.number + 1, excluded.number), value = excluded.value, expires_at = excluded.expires_at
    RETURNING number INTO next_number;
    PERFORM pg_notify('progress', p_channel || ' ' || next_number || ' ' || p_value);
END $$;

-- A refused request is told how long it really is, not the whole time between two requests.
CREATE OR REPLACE FUNCTION take_token(p_key text, p_rate double precision, p_burst double precision)
RETURNS double precision LANGUAGE plpgsql AS $$
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
    -- null where a sweep was faster: then at once
    RETURN greatest(full_at + step - moment - p_burst * step, 0.001);
END $$;
