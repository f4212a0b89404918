-- Links in texts, and what is shown of them. `target` reads as in `reactions`. Written with the text, as
-- `waiting`; a node looks at the page afterwards, and then it is `shown` (with what the page said), `silent`
-- (it said nothing), or `removed` (somebody took it away, and no edit brings it back).
CREATE TABLE links (
    target       TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    workspace_id BLOB    NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    rank         INTEGER NOT NULL,
    state        TEXT    NOT NULL DEFAULT 'waiting',
    site         TEXT    NOT NULL DEFAULT '',
    title        TEXT    NOT NULL DEFAULT '',
    description  TEXT    NOT NULL DEFAULT '',
    at           INTEGER NOT NULL,
    PRIMARY KEY (target, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_waiting ON links (url, at) WHERE state = 'waiting';

-- What pages said, each asked once however many texts link it. While `leased_until` lies ahead, a node
-- looks at the page. Without a title it said nothing.
CREATE TABLE link_pages (
    url          TEXT    NOT NULL PRIMARY KEY,
    site         TEXT    NOT NULL DEFAULT '',
    title        TEXT    NOT NULL DEFAULT '',
    description  TEXT    NOT NULL DEFAULT '',
    fetched_at   INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER NOT NULL
) STRICT;
CREATE INDEX link_pages_age ON link_pages (fetched_at);

-- Whether the server looks at pages that texts of the workspace link.
ALTER TABLE workspaces ADD COLUMN previews_links INTEGER NOT NULL DEFAULT 1;
