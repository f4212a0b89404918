-- The log: one ordered list of events per topic. Numbers are given out by UPDATE topics, never by a
-- sequence: see store/src/log.rs.
CREATE TABLE topics (
    id               TEXT   NOT NULL PRIMARY KEY,   -- workspace:<id> or user:<id>
    workspace_id     UUID,
    epoch            UUID   NOT NULL,               -- identity of the log; renewed when a backup is restored
    head_seq         BIGINT NOT NULL,               -- number of the newest event, 0 before the first
    floor_seq        BIGINT NOT NULL,               -- events up to this one may be gone
    permission_epoch BIGINT NOT NULL                -- rises when somebody's right to read may have changed
) WITH (fillfactor = 50);                           -- every write updates a row: room for it on its own page

CREATE TABLE events (
    topic_id         TEXT   NOT NULL,
    seq              BIGINT NOT NULL,
    id               UUID   NOT NULL,
    kind             TEXT   NOT NULL,
    actor_id         UUID,
    entity_id        UUID,
    permission_epoch BIGINT NOT NULL,
    payload          TEXT   NOT NULL,               -- the frame as sockets get it
    at               BIGINT NOT NULL,
    PRIMARY KEY (topic_id, seq)
);
CREATE INDEX events_of_entity ON events (entity_id) WHERE entity_id IS NOT NULL;
