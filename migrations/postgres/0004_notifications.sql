-- What concerns one person. Reactions to one target are merged into one row; who did it and
-- with which emoji stands in notification_actors.

CREATE TABLE notifications (
    id           UUID    NOT NULL PRIMARY KEY,
    user_id      UUID    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    post_id      UUID    REFERENCES posts (id) ON DELETE CASCADE,
    comment_id   UUID    REFERENCES comments (id) ON DELETE CASCADE,
    emoji        TEXT,
    role         TEXT,
    title        TEXT    NOT NULL,
    excerpt      TEXT    NOT NULL,
    at           BIGINT  NOT NULL,
    read_at      BIGINT
);
CREATE INDEX notifications_list ON notifications (user_id, at, id);
CREATE INDEX notifications_unread ON notifications (user_id, workspace_id) WHERE read_at IS NULL;
CREATE INDEX notifications_post ON notifications (post_id);
CREATE INDEX notifications_comment ON notifications (comment_id);

-- `emoji` is empty for everything but reactions. A reaction that was taken back stays here, so
-- that setting it again is no news.
CREATE TABLE notification_actors (
    notification_id UUID    NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    user_id         UUID    NOT NULL REFERENCES users (id),
    emoji           TEXT    NOT NULL,
    at              BIGINT  NOT NULL,
    PRIMARY KEY (notification_id, user_id, emoji)
);
