-- Generations of what topics are made into: the one in use, and those that a replay fills beside it. A target without
-- rows has only generation 1.
CREATE TABLE target_generations (
    target     text NOT NULL,
    generation smallint NOT NULL CHECK (generation > 0),
    place      text NOT NULL DEFAULT '',  -- an index's name; '' where the number says it all
    -- following: the worker keeps it at the live end; dropping: nobody writes to it any more
    state      text NOT NULL CHECK (state IN ('filling', 'following', 'dropping')),
    active     boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (target, generation)
);
CREATE UNIQUE INDEX target_generations_one_active ON target_generations (target) WHERE active;

CREATE TABLE replays (
    id           uuid PRIMARY KEY DEFAULT uuidv7(),
    target       text NOT NULL,
    generation   smallint NOT NULL,      -- 0 until it is planned
    replaced     smallint,               -- the generation that was in use before this one was swapped in
    plan         jsonb NOT NULL,         -- what was asked for, until it is planned
    state        text NOT NULL DEFAULT 'planned' CHECK (state IN
                 ('requested', 'refused', 'planned', 'running', 'stopped', 'failed', 'following', 'verified', 'differs',
                  'swapped', 'rolled_back', 'cleaned')),
    wanted       text CHECK (wanted IN ('plan', 'run', 'stop', 'verify', 'swap', 'rollback', 'clean')),
    forced       boolean NOT NULL DEFAULT false,  -- what is wanted is to be done although it is refused
    done         bigint NOT NULL DEFAULT 0,
    total        bigint NOT NULL DEFAULT 0,
    cause        text,
    verification jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    started_at   timestamptz,             -- of its first run; what it has read since then may be gone from the topic
    copied_at    timestamptz              -- when all rows of the database were in, where it begins with those
);
CREATE UNIQUE INDEX replays_one_a_generation ON replays (target, generation)
    WHERE state NOT IN ('cleaned', 'refused');

-- What waits behind a dead letter of its key, the dead letter itself first: one row each, in the order they came.
CREATE TABLE parked_keys (
    agent     text NOT NULL,  -- its label: each generation has lines of its own
    key       bytea NOT NULL,
    topic     text NOT NULL,
    partition integer NOT NULL,
    "offset"  bigint NOT NULL,
    sent      boolean NOT NULL DEFAULT false,  -- on its way back to the agent
    arrived   bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (agent, key, topic, partition, "offset")
);

-- Dead letters as the newest record of each in dead.<agent> says, and what was decided. Named as DeadLetter.coordinates.
CREATE TABLE dead_letters (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    agent      text NOT NULL,
    topic      text NOT NULL,
    partition  integer NOT NULL,
    "offset"   bigint NOT NULL,
    class      text NOT NULL,
    cause      text NOT NULL,
    message    text NOT NULL,
    key        bytea,
    event_id   text,
    attempts   integer NOT NULL,
    ordered    boolean NOT NULL,
    failed     integer NOT NULL,  -- how often it had been redriven when it failed last
    redriven   integer NOT NULL,  -- how often it was, by now
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'dropped')),
    first_at   timestamptz NOT NULL,
    at         timestamptz NOT NULL,
    held_in    integer NOT NULL,  -- partition and offset of the newest record in dead.<agent>
    held_at    bigint NOT NULL,
    reason     text CHECK (state <> 'dropped' OR reason IS NOT NULL),
    decided_by text,
    decided_at timestamptz,
    PRIMARY KEY (agent, topic, partition, "offset"),
    UNIQUE (id)
);
CREATE INDEX dead_letters_open ON dead_letters (id) INCLUDE (agent) WHERE state = 'open';
CREATE INDEX dead_letters_of_key ON dead_letters (agent, key) WHERE state = 'open' AND ordered;
CREATE INDEX dead_letters_held ON dead_letters (agent, held_in, held_at);

-- How far the topics of dead letters are read into the table above.
CREATE TABLE dead_letters_read (
    topic     text NOT NULL,
    partition integer NOT NULL,
    earliest  bigint NOT NULL DEFAULT 0,
    next      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
);

-- Bytes in the asset store that no row points to since then; to be deleted, unless somebody puts them again.
CREATE TABLE asset_leftovers (
    sha256 text PRIMARY KEY,
    since  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX prompts_by_sketch ON prompts (sketch_id) WHERE sketch_id IS NOT NULL;
CREATE INDEX generations_by_sketch ON generations (sketch_id) WHERE sketch_id IS NOT NULL;

-- Figures have target_generations to say which generation is in use; insight_generations is left to processes of the
-- version before. Looks of items get generations too.
ALTER TABLE item_looks ADD COLUMN generation smallint NOT NULL DEFAULT 1;
ALTER TABLE item_looks DROP CONSTRAINT item_looks_pkey, ADD PRIMARY KEY (generation, item_id);

-- One row per job of the studio: what figures of generations are counted from. Its events may come in any order.
CREATE TABLE job_facts (
    generation   smallint NOT NULL,
    job_id       uuid NOT NULL,
    owner_id     text,
    preset       text,
    requested_at timestamptz,
    ended_at     timestamptz,
    ending       text CHECK (ending IN ('completed', 'failed', 'cancelled')),
    cause        text,
    images       smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (generation, job_id)
);
CREATE INDEX job_facts_by_request ON job_facts (generation, requested_at);
CREATE INDEX job_facts_by_end ON job_facts (generation, ended_at);

-- What a provider of moderation answered, before any policy made a verdict of it: another policy judges by it for nothing.
CREATE TABLE moderation_answers (
    key        text PRIMARY KEY,
    body       bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Policies that were replayed, as they were read then; the verdicts of generation 1 are in moderation_results.
CREATE TABLE moderation_policies (
    generation smallint PRIMARY KEY CHECK (generation > 1),
    version    text NOT NULL,
    policy     text NOT NULL,  -- TOML
    most_calls bigint NOT NULL DEFAULT 0,  -- of the provider, for what no stored answer says
    calls      bigint NOT NULL DEFAULT 0,
    micro_usd  bigint NOT NULL DEFAULT 0
);
-- Of each item the verdict on its newest content.
CREATE TABLE moderation_verdicts (
    generation       smallint NOT NULL,
    item_id          uuid NOT NULL,
    content_revision bigint NOT NULL,
    event_id         uuid NOT NULL,
    verdict          jsonb NOT NULL,
    decided_at       timestamptz NOT NULL,
    PRIMARY KEY (item_id, generation)
);

-- What an agent tells when it is replayed, kept back until that is published; generation 1 is what its topics held of it.
CREATE TABLE replay_outputs (
    target     text NOT NULL,
    generation smallint NOT NULL,
    event_id   uuid NOT NULL,  -- derived from the event that was handled: the same in every generation
    topic      text NOT NULL,
    key        bytea,
    value      bytea,
    headers    jsonb NOT NULL,
    source     text NOT NULL,  -- topic/partition/offset of the record that was handled; '' where it is not known
    scope      text NOT NULL,
    digest     bytea NOT NULL,
    PRIMARY KEY (target, generation, event_id)
);
-- Events for which a replayed agent asked somebody outside, within the budget of the replay.
CREATE TABLE replay_asked (
    target     text NOT NULL,
    generation smallint NOT NULL,
    event_id   uuid NOT NULL,
    PRIMARY KEY (target, generation, event_id)
);

-- Days of terms and of items once more, many in a row: whoever reads all of them reads these. herofactory/insights/packs/
CREATE TABLE day_packs (
    generation smallint NOT NULL,
    day        date NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('term', 'item')),
    part       smallint NOT NULL,  -- by the name, the same on every day
    simulated  boolean NOT NULL,
    names      bytea NOT NULL,     -- of terms or items, in order, a zero byte between two
    sums       bytea NOT NULL,     -- 4 bytes each, big-endian; all of a name together
    sizes      bytea NOT NULL,     -- people in each set of a name, likewise
    people     bytea NOT NULL,     -- as in term_days: the first set of every name, then the second of every name
    PRIMARY KEY (generation, day, kind, part, simulated)
);
ALTER TABLE day_packs ALTER names SET STORAGE EXTERNAL, ALTER sums SET STORAGE EXTERNAL,
    ALTER sizes SET STORAGE EXTERNAL, ALTER people SET STORAGE EXTERNAL;
-- Days that were merged before have none yet: they are read by buckets until they are merged again.
INSERT INTO day_work AS work (generation, day, due_at)
    SELECT generation, day, now() FROM (SELECT generation, day FROM term_days UNION SELECT generation, day FROM item_days)
        AS merged ON CONFLICT (generation, day) DO UPDATE SET version = work.version + 1;

-- Traffic of days that are over, made of traffic_buckets: `counts` has five minutes of the day (2 bytes), bucket of
-- durations (2) and requests (4) again and again, all big-endian, in this order. Gone as soon as one of its hours changes.
CREATE TABLE traffic_days (
    generation smallint NOT NULL, day date NOT NULL, route text NOT NULL, method text NOT NULL, status smallint NOT NULL,
    counts     bytea NOT NULL,
    PRIMARY KEY (generation, day, route, method, status)
);
ALTER TABLE traffic_days ALTER counts SET STORAGE EXTERNAL;
