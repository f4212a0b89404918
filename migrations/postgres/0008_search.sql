-- What search looks through: one row per message, post, comment and file name, with its words as
-- they are looked for (store/src/search/fold.rs). Written with the text that it is of, by the writer;
-- what was there before this migration is filled in by the server, part by part (search/fill.rs).

-- Comes with PostgreSQL; whoever owns the database may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Of one millisecond `id` says what came later. `place_id` is a conversation, or the workspace for
-- what stands in its feed: whoever may read the place may find the row.
CREATE TABLE search_documents (
    entity_id    UUID    NOT NULL PRIMARY KEY,
    id           BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind         TEXT    NOT NULL,                  -- message, post, comment or file
    workspace_id UUID    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    place_id     UUID    NOT NULL,
    author_id    UUID    NOT NULL REFERENCES users (id),
    at           BIGINT  NOT NULL,
    has_file     BOOLEAN NOT NULL,                  -- it is one, or brings some
    has_link     BOOLEAN NOT NULL,                  -- to somewhere else
    text         TEXT    NOT NULL,
    words        TSVECTOR NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED
);
CREATE INDEX search_documents_newest ON search_documents (workspace_id, at, id);
CREATE INDEX search_documents_place ON search_documents (place_id, at, id);
CREATE INDEX search_documents_author ON search_documents (author_id, at, id);
CREATE INDEX search_documents_files ON search_documents (workspace_id, at, id) WHERE has_file;
CREATE INDEX search_documents_links ON search_documents (workspace_id, at, id) WHERE has_link;

-- Words, and phrases of them: for short words, and for scripts without spaces, of which every
-- character is a word. Then parts of words of three letters or more.
CREATE INDEX search_documents_words ON search_documents USING gin (words);
CREATE INDEX search_documents_parts ON search_documents USING gin (text gin_trgm_ops);
-- How many rows hold a part of a word is estimated from the sample.
ALTER TABLE search_documents ALTER COLUMN text SET STATISTICS 1000;

-- The rooms of a workspace, archived ones included: each may be read by its members.
CREATE INDEX conversations_rooms ON conversations (workspace_id) WHERE kind = 'room';
