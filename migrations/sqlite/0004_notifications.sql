-- What concerns one person. Reactions to one target are merged into one row; who did it and
-- with which emoji stands in notification_actors.

CREATE TABLE notifications (
    id           BLOB    NOT NULL PRIMARY KEY,
    user_id      BLOB    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind         TEXT    NOT NULL,
    workspace_id BLOB    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    post_id      BLOB    REFERENCES posts (id) ON DELETE CASCADE,
    comment_id   BLOB    REFERENCES comments (id) ON DELETE CASCADE,
    emoji        TEXT,
    role         TEXT,
    title        TEXT    NOT NULL,
    excerpt      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    read_at      INTEGER
) STRICT;
CREATE INDEX notifications_list ON notifications (user_id, at, id);
CREATE INDEX notifications_unread ON notifications (user_id, workspace_id) WHERE read_at IS NULL;
CREATE INDEX notifications_post ON notifications (post_id);
CREATE INDEX notifications_comment ON notifications (comment_id);

-- `emoji` is empty for everything but reactions. A reaction that was taken back stays here, so
-- that setting it again is no news.
CREATE TABLE notification_actors (
    notification_id BLOB    NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
    user_id         BLOB    NOT NULL REFERENCES users (id),
    emoji           TEXT    NOT NULL,
    at              INTEGER NOT NULL,
    PRIMARY KEY (notification_id, user_id, emoji)
) STRICT, WITHOUT ROWID;
