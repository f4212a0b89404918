-- Files that people upload. The row is written when the object is on disk, and removed after it.
--
-- `place` reads as in the protocol: `conversation:<id>`. A file is uploaded first and attached to
-- a message (`message_id`, and its `rank` among the files of it) when that is sent; what nobody
-- attaches goes after a day. A deleted file has lost its name and waits for its object to be
-- removed. `thumbnails` is none, waiting, or the format of those that were made.

CREATE TABLE files (
    id          BLOB    NOT NULL PRIMARY KEY,
    place       TEXT    NOT NULL,
    uploader_id BLOB    NOT NULL REFERENCES users (id),
    object_id   BLOB    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    media_type  TEXT    NOT NULL,
    bytes       INTEGER NOT NULL,
    sha256      BLOB    NOT NULL,
    width       INTEGER,
    height      INTEGER,
    thumbnails  TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    message_id  BLOB REFERENCES messages (id) ON DELETE SET NULL,
    rank        INTEGER NOT NULL DEFAULT 0,
    deleted_at  INTEGER
) STRICT;
CREATE INDEX files_of_message ON files (message_id, rank) WHERE message_id IS NOT NULL;
CREATE INDEX files_unattached ON files (at) WHERE message_id IS NULL AND deleted_at IS NULL;
CREATE INDEX files_deleted ON files (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX files_waiting ON files (at) WHERE thumbnails = 'waiting';
