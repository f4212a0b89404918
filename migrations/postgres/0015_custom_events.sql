-- What other programs publish, and the kinds that workspaces registered. A deleted event stays without what
-- it said, so that the same id is known when it comes again.
CREATE TABLE custom_events (
    id           UUID    NOT NULL PRIMARY KEY,
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id      UUID    REFERENCES users (id),     -- the only one whom it concerns
    source_id    UUID    NOT NULL REFERENCES users (id),
    noun         TEXT    COLLATE "C" NOT NULL,
    kind         TEXT    COLLATE "C" NOT NULL,
    payload      TEXT    NOT NULL,                  -- JSON
    notice       TEXT,
    link         TEXT,
    at           BIGINT  NOT NULL,                  -- no two of a workspace have the same: the order of its list
    deleted_at   BIGINT
);
CREATE INDEX custom_events_list ON custom_events (workspace_id, at);
CREATE INDEX custom_events_kind ON custom_events (workspace_id, kind, at) WHERE deleted_at IS NULL;
CREATE INDEX custom_events_noun ON custom_events (workspace_id, noun, at) WHERE deleted_at IS NULL;
CREATE INDEX custom_events_source ON custom_events (workspace_id, source_id, at) WHERE deleted_at IS NULL;
CREATE INDEX custom_events_person ON custom_events (user_id, workspace_id, at) WHERE user_id IS NOT NULL;

CREATE TABLE event_kinds (
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind         TEXT    COLLATE "C" NOT NULL,
    schema       TEXT    NOT NULL,                  -- JSON Schema
    user_id      UUID    NOT NULL REFERENCES users (id),
    at           BIGINT  NOT NULL,
    PRIMARY KEY (workspace_id, kind)
);

-- No reference: a notification is kept longer than what it tells of.
ALTER TABLE notifications ADD COLUMN event_id UUID;
ALTER TABLE notifications ADD COLUMN link TEXT;
CREATE INDEX notifications_event ON notifications (event_id) WHERE event_id IS NOT NULL;
