-- Wishes in words, and the prompts made of them.
CREATE TABLE prompts (
    id          uuid PRIMARY KEY,
    owner_id    text NOT NULL,
    text        text NOT NULL CHECK (char_length(text) BETWEEN 1 AND 300),
    sketch_id   uuid REFERENCES assets (id),
    preset      text,
    state       text NOT NULL DEFAULT 'working' CHECK (state IN ('working', 'done', 'failed')),
    cause       text,
    result      jsonb,               -- language, english, negative, keywords, untranslated, provider
    -- of the English prompt, length 1; null where none was made. real[], because pgvector may not be usable everywhere
    embedding   real[],
    embedder    text,                -- embeddings of different makers cannot be compared
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at  timestamptz
);
CREATE INDEX prompts_by_owner ON prompts (owner_id, id DESC);

-- A provider's answer is stored under the event that asked for it before anything is told: a repeat asks nobody again.
CREATE TABLE prompt_results (
    event_id   uuid PRIMARY KEY,
    prompt_id  uuid NOT NULL,
    result     jsonb NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE prompt_cache (
    key        text PRIMARY KEY,
    result     jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE prompt_budget (
    day       date PRIMARY KEY,
    calls     bigint NOT NULL DEFAULT 0,
    micro_usd bigint NOT NULL DEFAULT 0
);

-- Jobs. The table is the queue: whoever works on a job holds a lease, and `fence` rises with every lease given, so that
-- a result under an old one is refused.
CREATE TABLE generations (
    id          uuid PRIMARY KEY,
    owner_id    text NOT NULL,
    prompt_id   uuid REFERENCES prompts (id),
    sketch_id   uuid REFERENCES assets (id),
    request     jsonb NOT NULL,      -- everything a renderer needs, defaults filled in
    seed        bigint NOT NULL,
    state       text NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'expired')),
    cause       text,
    detail      text,                -- what the owner is told beside the cause
    -- Fair order: a user's n-th waiting job belongs to round (current round + n); rounds are worked off in order.
    round       bigint NOT NULL,
    stage       text,
    percent     real NOT NULL DEFAULT 0,
    cancel_wanted boolean NOT NULL DEFAULT false,
    attempts    integer NOT NULL DEFAULT 0,
    fence       bigint NOT NULL DEFAULT 0,
    leased_by   text,
    leased_until timestamptz,
    not_before  timestamptz,         -- waits so long after a failed attempt
    backend     text,                -- comfyui or preview, once it runs
    server      text,                -- which server has it
    remote_id   text,                -- its id there
    resubmitted boolean NOT NULL DEFAULT false,
    deadline_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at  timestamptz,
    finished_at timestamptz
);
CREATE INDEX generations_by_owner ON generations (owner_id, id DESC);
CREATE INDEX generations_queue ON generations (round, id) WHERE state = 'queued';
CREATE INDEX generations_running ON generations (leased_until) WHERE state = 'running';
CREATE INDEX generations_open_by_owner ON generations (owner_id) WHERE state IN ('queued', 'running');

CREATE TABLE generation_assets (
    generation_id uuid NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    ordinal       smallint NOT NULL,
    asset_id      uuid NOT NULL REFERENCES assets (id),
    kind          text NOT NULL,     -- image, sprite, pixel, atlas, archive ...
    name          text NOT NULL DEFAULT '',
    PRIMARY KEY (generation_id, ordinal)
);
CREATE INDEX generation_assets_by_asset ON generation_assets (asset_id);

-- The item that a result was listed as.
CREATE TABLE generation_listings (
    generation_id uuid NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    item_id       uuid NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (generation_id, item_id)
);
