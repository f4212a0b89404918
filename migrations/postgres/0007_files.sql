-- Files that people upload. The row is written when the object is on disk, and removed after it.
--
-- `place` reads as in the protocol: `conversation:<id>`. A file is uploaded first and attached to
-- a message (`message_id`, and its `rank` among the files of it) when that is sent; what nobody
-- attaches goes after a day. A deleted file has lost its name and waits for its object to be
-- removed. `thumbnails` is none, waiting, or the format of those that were made.

CREATE TABLE files (
    id          UUID    NOT NULL PRIMARY KEY,
    place       TEXT    NOT NULL,
    uploader_id UUID    NOT NULL REFERENCES users (id),
    object_id   UUID    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    media_type  TEXT    NOT NULL,
    bytes       BIGINT  NOT NULL,
    sha256      BYTEA   NOT NULL,
    width       BIGINT ,
    height      BIGINT ,
    thumbnails  TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    message_id  UUID REFERENCES messages (id) ON DELETE SET NULL,
    rank        BIGINT  NOT NULL DEFAULT 0,
    deleted_at  BIGINT 
);
CREATE INDEX files_of_message ON files (message_id, rank) WHERE message_id IS NOT NULL;
CREATE INDEX files_unattached ON files (at) WHERE message_id IS NULL AND deleted_at IS NULL;
CREATE INDEX files_deleted ON files (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX files_waiting ON files (at) WHERE thumbnails = 'waiting';
