-- The tables of AgentSessions. Applied once, in one transaction, under the migration lock; never edited after a release.
-- Text that is compared is COLLATE "C": byte order is the same on every machine and what keyset paging needs.
-- Characters that PostgreSQL cannot hold (U+0000, lone surrogates) are stored as U+0001 and four hexadecimal digits.

-- One small row for each session. It carries everything a commit compares and moves, so that a commit is one
-- conditional update of one row. No column that a commit moves is indexed, and pages keep room: these updates stay on their page (HOT).
CREATE TABLE agent_sessions.heads (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    environment     text COLLATE "C" NOT NULL,
    key             text COLLATE "C" NOT NULL,
    version         bigint NOT NULL DEFAULT 0,      -- of the session's row; 0 while there is no session under the key
    run_version     bigint NOT NULL DEFAULT 0,
    live            boolean NOT NULL DEFAULT false,
    in_tail         bigint NOT NULL DEFAULT 0,
    in_time         bigint NOT NULL DEFAULT 0,      -- Unix milliseconds of the newest record
    out_oldest      bigint NOT NULL DEFAULT 0,
    out_tail        bigint NOT NULL DEFAULT 0,
    out_time        bigint NOT NULL DEFAULT 0,
    resume_floor    bigint NOT NULL DEFAULT -1,
    applied_through bigint NOT NULL DEFAULT -1,
    last_boundary   bigint NOT NULL DEFAULT -1,
    deaths          integer NOT NULL DEFAULT 0,
    mark            bigint NOT NULL DEFAULT 0,      -- names the group of commits that last changed this row
    UNIQUE (environment, key)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX heads_live ON agent_sessions.heads (environment, key) WHERE live;

-- What a session is, besides its streams. `id` is that of its head.
CREATE TABLE agent_sessions.sessions (
    id              bigint PRIMARY KEY,
    environment     text COLLATE "C" NOT NULL,
    key             text COLLATE "C" NOT NULL,
    friendly_id     text COLLATE "C" NOT NULL,
    external_id     text COLLATE "C",
    type            text COLLATE "C" NOT NULL,
    agent           text COLLATE "C" NOT NULL,
    trigger_config  text NOT NULL,
    tags            text[] COLLATE "C" NOT NULL,
    metadata        text,
    user_id         text COLLATE "C",               -- metadata.userId, shortened to what an index takes
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    closed_at       timestamptz,
    closed_reason   text,
    expires_at      timestamptz,
    current_run_id  text,
    UNIQUE (friendly_id, environment)
) WITH (fillfactor = 80);

CREATE INDEX sessions_newest ON agent_sessions.sessions (environment, created_at, friendly_id);
CREATE INDEX sessions_newest_anywhere ON agent_sessions.sessions (created_at, friendly_id);
CREATE INDEX sessions_open ON agent_sessions.sessions (environment, created_at, friendly_id) WHERE closed_at IS NULL;
CREATE INDEX sessions_type ON agent_sessions.sessions (environment, type, created_at, friendly_id);
CREATE INDEX sessions_agent ON agent_sessions.sessions (environment, agent, created_at, friendly_id);
CREATE INDEX sessions_user ON agent_sessions.sessions (environment, user_id, created_at, friendly_id) WHERE user_id IS NOT NULL;
CREATE INDEX sessions_tags ON agent_sessions.sessions USING gin (tags);
CREATE INDEX sessions_expiry ON agent_sessions.sessions (expires_at) WHERE closed_at IS NULL AND expires_at IS NOT NULL;

-- One row for each appended batch. No foreign key: it would cost a row lock per append, and deletion removes these rows itself.
CREATE TABLE agent_sessions.records (
    session         bigint NOT NULL,
    stream          integer NOT NULL,               -- 0 the session's in, 1 its out, from 2 on those of side channels
    first           bigint NOT NULL,                -- the sequence number of the first record
    count           integer NOT NULL,
    time            bigint NOT NULL,                -- Unix milliseconds of the last record
    crc             integer NOT NULL,               -- CRC-32C of first and data
    data            bytea NOT NULL,                 -- the records' JSON objects joined by commas, UTF-8
    PRIMARY KEY (session, stream, first)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- A usual batch is a few kilobytes: it stays in its row's page, without a second look-up and without slow compression.
ALTER TABLE agent_sessions.records ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE agent_sessions.records SET (toast_tuple_target = 8160);

CREATE TABLE agent_sessions.channels (
    session         bigint NOT NULL,
    channel         text COLLATE "C" NOT NULL,
    direction       smallint NOT NULL,              -- 0 in, 1 out
    stream          integer NOT NULL,
    tail            bigint NOT NULL DEFAULT 0,
    time            bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (session, channel, direction)
) WITH (fillfactor = 80);

CREATE TABLE agent_sessions.transcripts (
    session         bigint PRIMARY KEY,
    state           text,
    last_out        bigint,
    last_in         bigint,
    saved_at        bigint NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE agent_sessions.messages (
    session         bigint NOT NULL,
    position        bigint NOT NULL,
    id_key          text COLLATE "C" NOT NULL,      -- the message's id, shortened to what an index takes
    id              text,                           -- the id itself where it had to be shortened
    final           boolean NOT NULL,
    json            bytea NOT NULL,
    PRIMARY KEY (session, position),
    UNIQUE (session, id_key)
);

CREATE TABLE agent_sessions.runs (
    environment     text COLLATE "C" NOT NULL,
    id              text COLLATE "C" NOT NULL,
    session         bigint NOT NULL,
    number          bigint NOT NULL,
    reason          smallint NOT NULL,
    agent           text NOT NULL,
    agent_version   text,
    previous_run_id text,
    status          smallint NOT NULL,
    tags            text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    finished_at     timestamptz,
    ended           smallint,
    error           text,
    PRIMARY KEY (environment, id)
) WITH (fillfactor = 80);

CREATE INDEX runs_session ON agent_sessions.runs (session, number);

CREATE TABLE agent_sessions.states (
    environment       text COLLATE "C" NOT NULL,
    space             text COLLATE "C" NOT NULL,
    name              text COLLATE "C" NOT NULL,
    version           bigint NOT NULL,
    value             bytea NOT NULL,
    owner_environment text COLLATE "C",
    owner_key         text COLLATE "C",
    PRIMARY KEY (environment, space, name)
) WITH (fillfactor = 80);

CREATE INDEX states_owner ON agent_sessions.states (owner_environment, owner_key) WHERE owner_key IS NOT NULL;
