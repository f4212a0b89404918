-- The log: one ordered list of events per topic. Numbers are given out by UPDATE topics, never by
-- AUTOINCREMENT: see store/src/log.rs.
CREATE TABLE topics (
    id               TEXT    NOT NULL PRIMARY KEY,  -- workspace:<id> or user:<id>
    workspace_id     BLOB,
    epoch            BLOB    NOT NULL,              -- identity of the log; renewed when a backup is restored
    head_seq         INTEGER NOT NULL,              -- number of the newest event, 0 before the first
    floor_seq        INTEGER NOT NULL,              -- events up to this one may be gone
    permission_epoch INTEGER NOT NULL               -- rises when somebody's right to read may have changed
) WITHOUT ROWID;

CREATE TABLE events (
    topic_id         TEXT    NOT NULL,
    seq              INTEGER NOT NULL,
    id               BLOB    NOT NULL,
    kind             TEXT    NOT NULL,
    actor_id         BLOB,
    entity_id        BLOB,
    permission_epoch INTEGER NOT NULL,
    payload          TEXT    NOT NULL,              -- the frame as sockets get it
    at               INTEGER NOT NULL,
    PRIMARY KEY (topic_id, seq)
);
CREATE INDEX events_of_entity ON events (entity_id) WHERE entity_id IS NOT NULL;
