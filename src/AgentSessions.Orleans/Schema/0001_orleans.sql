-- What Orleans keeps: who is in the cluster, grain state, reminders. Orleans asks its queries of the table orleansquery, by key, and finds
-- that table by the search path of its connection string. Applied once, in one transaction, under the migration lock.

DO $$ BEGIN
    IF to_regnamespace('agent_sessions_orleans') IS NULL THEN CREATE SCHEMA agent_sessions_orleans; END IF;
END $$;
SET LOCAL search_path = agent_sessions_orleans;

-- Every change of the membership raises the version by one, and names the version that it changes: of two writers one starts over.
CREATE TABLE clusters (
    id              text PRIMARY KEY,
    version         integer NOT NULL DEFAULT 0
);

CREATE TABLE members (
    cluster         text NOT NULL REFERENCES clusters ON DELETE CASCADE,
    address         text NOT NULL,
    port            integer NOT NULL,
    generation      integer NOT NULL,
    silo_name       text NOT NULL,
    host_name       text NOT NULL,
    status          integer NOT NULL,
    proxy_port      integer,
    suspect_times   text,
    start_time      timestamptz NOT NULL,
    alive_time      timestamptz NOT NULL,
    PRIMARY KEY (cluster, address, port, generation)
);

-- A grain's name is either two numbers or a text; the part it lacks is zero or empty. The hashes only narrow the search.
CREATE TABLE grain_states (
    service         text NOT NULL,
    grain_type_hash integer NOT NULL,
    grain_hash      integer NOT NULL,
    grain_type      text NOT NULL,
    n0              bigint NOT NULL,
    n1              bigint NOT NULL,
    name            text NOT NULL,
    payload         bytea,                  -- null once cleared; the version goes on
    version         integer NOT NULL,
    PRIMARY KEY (service, grain_type_hash, grain_hash, grain_type, n0, n1, name)
);

CREATE TABLE reminders (
    service         text NOT NULL,
    grain           text NOT NULL,
    name            text NOT NULL,
    grain_hash      integer NOT NULL,
    start_time      timestamptz NOT NULL,
    period          bigint NOT NULL,        -- milliseconds
    version         integer NOT NULL DEFAULT 0,
    PRIMARY KEY (service, grain, name)
);

CREATE INDEX reminders_ring ON reminders (service, grain_hash);

CREATE TABLE orleansquery (
    querykey        text PRIMARY KEY,
    querytext       text NOT NULL
);

INSERT INTO orleansquery VALUES
('InsertMembershipVersionKey', $$
    WITH made AS (INSERT INTO clusters (id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
    SELECT EXISTS (SELECT FROM made)
$$),
('InsertMembershipKey', $$
    WITH moved AS (
        UPDATE clusters SET version = version + 1
        WHERE id = @DeploymentId AND version = @Version AND NOT EXISTS (
            SELECT FROM members WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
        RETURNING id),
    made AS (
        INSERT INTO members (cluster, address, port, generation, silo_name, host_name, status, proxy_port, start_time, alive_time)
        SELECT id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM moved
        RETURNING 1)
    SELECT EXISTS (SELECT FROM made)
$$),
('UpdateMembershipKey', $$
    WITH moved AS (
        UPDATE clusters SET version = version + 1 WHERE id = @DeploymentId AND version = @Version RETURNING id),
    changed AS (
        UPDATE members SET status = @Status, suspect_times = @SuspectTimes, alive_time = @IAmAliveTime
        FROM moved WHERE cluster = moved.id AND address = @Address AND port = @Port AND generation = @Generation
        RETURNING 1)
    SELECT EXISTS (SELECT FROM changed)
$$),
('UpdateIAmAlivetimeKey', $$
    UPDATE members SET alive_time = @IAmAliveTime
    WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$$),
('MembershipReadRowKey', $$
    SELECT c.version AS Version, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName,
        m.host_name AS HostName, m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes,
        m.start_time AS StartTime, m.alive_time AS IAmAliveTime
    FROM clusters c LEFT JOIN members m ON m.cluster = c.id AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
    WHERE c.id = @DeploymentId
$$),
('MembershipReadAllKey', $$
    SELECT c.version AS Version, m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName,
        m.host_name AS HostName, m.status AS Status, m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes,
        m.start_time AS StartTime, m.alive_time AS IAmAliveTime
    FROM clusters c LEFT JOIN members m ON m.cluster = c.id
    WHERE c.id = @DeploymentId
$$),
('GatewaysQueryKey', $$
    SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation FROM members
    WHERE cluster = @DeploymentId AND status = @Status AND proxy_port > 0
$$),
('DeleteMembershipTableEntriesKey', $$
    DELETE FROM clusters WHERE id = @DeploymentId
$$),
-- 6 is Orleans' number for a silo that is dead.
('CleanupDefunctSiloEntriesKey', $$
    DELETE FROM members WHERE cluster = @DeploymentId AND status = 6 AND alive_time < @IAmAliveTime
$$),
('ReadFromStorageKey', $$
    SELECT payload AS PayloadBinary, version AS Version FROM grain_states
    WHERE service = @ServiceId AND grain_type_hash = @GrainTypeHash AND grain_hash = @GrainIdHash AND grain_type = @GrainTypeString
        AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND name = coalesce(@GrainIdExtensionString, '')
$$),
-- No row as the answer means that another writer was first.
('WriteToStorageKey', $$
    WITH made AS (
        INSERT INTO grain_states (service, grain_type_hash, grain_hash, grain_type, n0, n1, name, payload, version)
        SELECT @ServiceId, @GrainTypeHash, @GrainIdHash, @GrainTypeString, @GrainIdN0, @GrainIdN1, coalesce(@GrainIdExtensionString, ''),
            @PayloadBinary, 1
        WHERE @GrainStateVersion IS NULL
        ON CONFLICT DO NOTHING RETURNING version),
    changed AS (
        UPDATE grain_states SET payload = @PayloadBinary, version = version + 1
        WHERE service = @ServiceId AND grain_type_hash = @GrainTypeHash AND grain_hash = @GrainIdHash AND grain_type = @GrainTypeString
            AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND name = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
        RETURNING version)
    SELECT version AS NewGrainStateVersion FROM made UNION ALL SELECT version FROM changed
$$),
('ClearStorageKey', $$
    UPDATE grain_states SET payload = NULL, version = version + 1
    WHERE service = @ServiceId AND grain_type_hash = @GrainTypeHash AND grain_hash = @GrainIdHash AND grain_type = @GrainTypeString
        AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND name = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
    RETURNING version AS NewGrainStateVersion
$$),
('DeleteStorageKey', $$
    DELETE FROM grain_states
    WHERE service = @ServiceId AND grain_type_hash = @GrainTypeHash AND grain_hash = @GrainIdHash AND grain_type = @GrainTypeString
        AND n0 = @GrainIdN0 AND n1 = @GrainIdN1 AND name = coalesce(@GrainIdExtensionString, '') AND version = @GrainStateVersion
    RETURNING version + 1 AS NewGrainStateVersion
$$),
('ReadReminderRowsKey', $$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version FROM reminders
    WHERE service = @ServiceId AND grain = @GrainId
$$),
('ReadReminderRowKey', $$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version FROM reminders
    WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName
$$),
-- A part of the ring of hashes: between two of them, or past one and up to the other, over the end.
('ReadRangeRows1Key', $$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version FROM reminders
    WHERE service = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$$),
('ReadRangeRows2Key', $$
    SELECT grain AS GrainId, name AS ReminderName, start_time AS StartTime, period AS Period, version AS Version FROM reminders
    WHERE service = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$$),
('UpsertReminderRowKey', $$
    INSERT INTO reminders (service, grain, name, grain_hash, start_time, period)
    VALUES (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period)
    ON CONFLICT (service, grain, name) DO UPDATE
        SET start_time = excluded.start_time, period = excluded.period, grain_hash = excluded.grain_hash, version = reminders.version + 1
    RETURNING version AS Version
$$),
('DeleteReminderRowKey', $$
    WITH gone AS (
        DELETE FROM reminders WHERE service = @ServiceId AND grain = @GrainId AND name = @ReminderName AND version = @Version RETURNING 1)
    SELECT EXISTS (SELECT FROM gone)
$$),
('DeleteReminderRowsKey', $$
    DELETE FROM reminders WHERE service = @ServiceId
$$);
