-- When somebody answered last in a thread, from one row of an index: a thread may be as long as a room.
CREATE INDEX messages_answers ON messages (thread_id, author_id, at)
    WHERE thread_id IS NOT NULL AND deleted_at IS NULL;
