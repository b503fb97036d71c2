-- Figures exist in generations, so that a replay can make the next one beside the live one. Readers use the active one.
CREATE TABLE insight_generations (
    generation smallint PRIMARY KEY,
    active     boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX insight_generations_one_active ON insight_generations (active) WHERE active;
INSERT INTO insight_generations (generation, active) VALUES (1, true);

-- Observations as they came, a segment per chunk, hour of event time and shard. A repeated chunk repeats its segments:
-- whoever reads drops the second of two equal event ids. `body`: see herofactory/insights/segment.py.
CREATE TABLE observations (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    generation  smallint NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('search', 'access')),
    hour        timestamptz NOT NULL,
    shard       smallint NOT NULL,
    events      integer NOT NULL,
    body        bytea NOT NULL
);
ALTER TABLE observations ALTER body SET STORAGE EXTERNAL;
CREATE INDEX observations_by_hour ON observations (generation, kind, hour, shard);

-- Hours of a shard whose figures must be made (again), not before `due_at`. `version` rises with every new segment.
CREATE TABLE observation_work (
    generation smallint NOT NULL,
    kind       text NOT NULL,
    hour       timestamptz NOT NULL,
    shard      smallint NOT NULL,
    version    bigint NOT NULL DEFAULT 1,
    due_at     timestamptz NOT NULL,
    PRIMARY KEY (generation, kind, hour, shard)
);
CREATE INDEX observation_work_by_due ON observation_work (due_at);

-- Figures per bucket of five minutes. `hour` and `shard` name the work that wrote the row and replaces it.
-- `people`: distinct pseudonyms, sorted, 8 bytes each, big-endian. Durations in ms.
CREATE TABLE term_buckets (
    generation smallint NOT NULL, simulated boolean NOT NULL, hour timestamptz NOT NULL, shard smallint NOT NULL,
    bucket     timestamptz NOT NULL,
    term       text NOT NULL,
    forms      jsonb NOT NULL,      -- surface form to searches
    searches   integer NOT NULL,
    empty      integer NOT NULL,    -- of these, without a result
    clicked    integer NOT NULL,    -- of these, followed by a click
    clicks     integer NOT NULL,
    people     bytea NOT NULL,
    empty_people bytea NOT NULL,    -- who found nothing
    PRIMARY KEY (generation, simulated, bucket, term, shard)
);
CREATE INDEX term_buckets_by_work ON term_buckets (generation, hour, shard);
CREATE INDEX term_buckets_by_term ON term_buckets (generation, simulated, term, bucket);

CREATE TABLE item_buckets (
    generation smallint NOT NULL, simulated boolean NOT NULL, hour timestamptz NOT NULL, shard smallint NOT NULL,
    bucket     timestamptz NOT NULL,
    item_id    uuid NOT NULL,
    views      integer NOT NULL,
    clicks     integer NOT NULL,
    people     bytea NOT NULL,      -- who viewed or clicked
    PRIMARY KEY (generation, simulated, bucket, item_id, shard)
);
CREATE INDEX item_buckets_by_work ON item_buckets (generation, hour, shard);

CREATE TABLE quality_buckets (
    generation smallint NOT NULL, simulated boolean NOT NULL, hour timestamptz NOT NULL, shard smallint NOT NULL,
    bucket     timestamptz NOT NULL,
    searches   integer NOT NULL,    -- that count: settled, no browsing, by people
    empty      integer NOT NULL,
    clicked    integer NOT NULL,
    clicks     integer NOT NULL,
    position_sum bigint NOT NULL,   -- over all clicks; 1 = first
    first_clicks integer NOT NULL,  -- searches whose first click has a known time
    first_click_ms_sum double precision NOT NULL,
    reformulated integer NOT NULL,
    noise      integer NOT NULL,    -- typed on within 3 s
    reloads    integer NOT NULL,
    robots     integer NOT NULL,    -- searches of persons that behave like machines
    people     bytea NOT NULL,
    PRIMARY KEY (generation, simulated, bucket, shard)
);
CREATE INDEX quality_buckets_by_work ON quality_buckets (generation, hour, shard);

-- Pairs of items that one person looked at within one visit: a < b, how many people did within the hour.
CREATE TABLE pair_buckets (
    generation smallint NOT NULL, simulated boolean NOT NULL, hour timestamptz NOT NULL, shard smallint NOT NULL,
    a          uuid NOT NULL,
    b          uuid NOT NULL,
    people     integer NOT NULL,
    PRIMARY KEY (generation, simulated, hour, shard, a, b),
    CHECK (a < b)
);
CREATE INDEX pair_buckets_by_a ON pair_buckets (generation, simulated, a);
CREATE INDEX pair_buckets_by_b ON pair_buckets (generation, simulated, b);

-- Whole days (UTC) of the same, merged over shards and buckets; made anew when one of their hours is.
CREATE TABLE term_days (
    generation smallint NOT NULL, simulated boolean NOT NULL, day date NOT NULL, term text NOT NULL,
    forms jsonb NOT NULL, searches integer NOT NULL, empty integer NOT NULL, clicked integer NOT NULL, clicks integer NOT NULL,
    people bytea NOT NULL, empty_people bytea NOT NULL,
    PRIMARY KEY (generation, simulated, day, term)
);
CREATE TABLE item_days (
    generation smallint NOT NULL, simulated boolean NOT NULL, day date NOT NULL, item_id uuid NOT NULL,
    views integer NOT NULL, clicks integer NOT NULL, people bytea NOT NULL,
    PRIMARY KEY (generation, simulated, day, item_id)
);
CREATE TABLE day_work (
    generation smallint NOT NULL, day date NOT NULL, version bigint NOT NULL DEFAULT 1, due_at timestamptz NOT NULL,
    PRIMARY KEY (generation, day)
);

-- Requests per minute and route. `durations`: counts in buckets of equal ratio, herofactory/insights/traffic/.
CREATE TABLE traffic_buckets (
    generation smallint NOT NULL, hour timestamptz NOT NULL, shard smallint NOT NULL,
    minute     timestamptz NOT NULL,
    route      text NOT NULL,
    method     text NOT NULL,
    status     smallint NOT NULL,
    requests   integer NOT NULL,
    durations  integer[] NOT NULL,
    PRIMARY KEY (generation, minute, route, method, status, shard)
);
CREATE INDEX traffic_buckets_by_work ON traffic_buckets (generation, hour, shard);

-- What people look for in vain, and what became of it. The figures come from term_buckets; this is the state.
CREATE TABLE missing_terms (
    simulated    boolean NOT NULL DEFAULT false,
    term         text NOT NULL,
    form         text NOT NULL,
    tokens       text[] NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('no_results', 'no_clicks')),
    state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'answered', 'dismissed')),
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    announced_people integer NOT NULL DEFAULT 0,   -- what the last search.missing said
    answered_by  uuid,
    answered_at  timestamptz,
    found_at     timestamptz,                      -- when a search for it first found something
    dismissed_by text,
    dismissed_at timestamptz,
    PRIMARY KEY (simulated, term)
);
CREATE INDEX missing_terms_by_tokens ON missing_terms USING gin (tokens) WHERE state = 'open';

-- Perceptual hash of an item's picture, for looks alike.
CREATE TABLE item_looks (
    item_id  uuid PRIMARY KEY,
    revision bigint NOT NULL,
    sha256   text NOT NULL,
    dhash    bit(64) NOT NULL
);

-- Keys of the pseudonyms. A key makes new ones until `until`; it is destroyed when nothing kept was made with it.
CREATE TABLE pseudonym_keys (
    id         smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    secret     bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    until      timestamptz NOT NULL
);

-- The last run of each suite of expectations.
CREATE TABLE quality_checks (
    suite       text PRIMARY KEY,
    passed      boolean NOT NULL,
    expectations integer NOT NULL,
    failed      integer NOT NULL,
    reasons     jsonb NOT NULL,
    started_at  timestamptz NOT NULL,
    duration_ms double precision NOT NULL
);
