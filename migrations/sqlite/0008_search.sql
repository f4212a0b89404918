-- What search looks through: one row per message, post, comment and file name, with its words as
-- they are looked for (store/src/search/fold.rs). Written with the text that it is of, by the writer;
-- what was there before this migration is filled in by the server, part by part (search/fill.rs).

-- `id` grows with time, eight for each millisecond, because the indexes list newest first by it.
-- `place_id` is a conversation, or the workspace for what stands in its feed: whoever may read the
-- place may find the row.
CREATE TABLE search_documents (
    id           INTEGER NOT NULL PRIMARY KEY,
    entity_id    BLOB    NOT NULL UNIQUE,
    kind         TEXT    NOT NULL,                  -- message, post, comment or file
    workspace_id BLOB    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    place_id     BLOB    NOT NULL,
    author_id    BLOB    NOT NULL REFERENCES users (id),
    at           INTEGER NOT NULL,
    has_file     INTEGER NOT NULL,                  -- a boolean: it is one, or brings some
    has_link     INTEGER NOT NULL,                  -- a boolean: to somewhere else
    text         TEXT    NOT NULL
) STRICT;
CREATE INDEX search_documents_place ON search_documents (place_id);
CREATE INDEX search_documents_author ON search_documents (author_id);
CREATE INDEX search_documents_files ON search_documents (workspace_id) WHERE has_file;
CREATE INDEX search_documents_links ON search_documents (workspace_id) WHERE has_link;

-- Words, and phrases of them: for short words, and for scripts without spaces, of which every
-- character is a word. Then parts of words of three letters or more; where in a text they stand is
-- looked up in the text itself.
CREATE VIRTUAL TABLE search_words USING fts5(
    text, content = 'search_documents', content_rowid = 'id', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
CREATE VIRTUAL TABLE search_parts USING fts5(
    text, content = 'search_documents', content_rowid = 'id', columnsize = 0, detail = none,
    tokenize = "trigram case_sensitive 1"
);

CREATE TRIGGER search_documents_added AFTER INSERT ON search_documents BEGIN
    INSERT INTO search_words (rowid, text) VALUES (new.id, new.text);
    INSERT INTO search_parts (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER search_documents_removed AFTER DELETE ON search_documents BEGIN
    INSERT INTO search_words (search_words, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO search_parts (search_parts, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER search_documents_changed AFTER UPDATE OF text ON search_documents BEGIN
    INSERT INTO search_words (search_words, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO search_words (rowid, text) VALUES (new.id, new.text);
    INSERT INTO search_parts (search_parts, rowid, text) VALUES ('delete', old.id, old.text);
    INSERT INTO search_parts (rowid, text) VALUES (new.id, new.text);
END;

-- The rooms of a workspace, archived ones included: each may be read by its members.
CREATE INDEX conversations_rooms ON conversations (workspace_id) WHERE kind = 'room';
